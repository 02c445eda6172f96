/* What people agree to when they sign up.  The version stored with each consent is ACCOUNT_TERMS_VERSION. */
#include "account/account_priv.h"

#include "tmpl/account/terms.h"

struct err *terms_page(struct req *r)
{
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, "Terms of use"), .canonical = "/terms" });
	tmpl_terms(o, ACCOUNT_TERMS_VERSION);
	return page_end(r, 200);
}

struct err *privacy_page(struct req *r)
{
	struct out *o = page_begin(r, &(struct page){ .title = tr(r->lang, "Privacy notice"), .canonical = "/privacy" });
	tmpl_privacy(o, ACCOUNT_TERMS_VERSION);
	return page_end(r, 200);
}
