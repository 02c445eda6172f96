/* What the page frame shows around a page: made by page_begin, drawn by templates/web/frame.html
 * (tmpl_frame_open(o, f), tmpl_frame_close(o, f)).  On a page for the public cache nothing in it is personal. */
#ifndef FOYER_WEB_FRAME_H
#define FOYER_WEB_FRAME_H

#include "web/req.h"

struct frame_flash { const char *kind, *text; };  /* kind: "success", "error", "info"; text: translated */

struct frame {
	const struct page *page;        /* what the handler said; page->bare: no header and footer */
	const char *title;              /* page title and the house's name, for <title> */
	const char *site_name;
	const char *lang;               /* "ko" or "en" */
	const struct who *who;          /* never NULL */
	bool signed_in;                 /* a person, or staff by code */
	bool organizer;                 /* may see the desk (organizer, or staff whose code has a page of it ticked) */
	bool gate;                      /* may see the gate pages */
	const char *csrf;               /* token for scripts of signed-in people (<meta name="csrf">); NULL otherwise.  Forms
	                                   use out_form_guard(o) */
	struct url other_lang;          /* link that switches the language and comes back here */
	const char *other_lang_code;    /* "en" or "ko": the language that link leads to */
	struct url sign_in;             /* sign-in page that comes back here */
	const char *canonical;          /* absolute address of this page; NULL where it should not be indexed */
	const char *href_ko, *href_en;  /* absolute addresses of both languages (hreflang); NULL like canonical */
	const struct frame_flash *flash; /* messages from the request before; n_flash may be 0 */
	size_t n_flash;
};

/* What an error page says (templates/web/error.html: tmpl_error_page(o, v)).  All texts are translated. */
struct error_view {
	int status;
	const char *title, *what, *todo; /* what happened (and what was kept); what to do */
	const char *const *details;      /* lines of a refused form; n_details may be 0 */
	size_t n_details;
	struct url back;                 /* where the one button leads */
	const char *back_label;
	const char *request_id;          /* to quote when asking for help */
};

#endif
