/* Typed forms: input is checked and converted before a handler sees it.
 *
 *   #define SIGN_UP_FORM(F)                                              \
 *           F(email, email, .required = true)                            \
 *           F(password, password, .required = true, .min = 10)           \
 *           F(text, name, .required = true, .max = 60)                   \
 *           F(flag, marketing)                                           \
 *           F(ids, seat, .max = 10)
 *   FORM(sign_up_form, SIGN_UP_FORM)
 *
 * makes struct sign_up_form { const char *email, *password, *name; bool marketing; struct form_ids seat; } and
 * sign_up_form_spec, which a route names with FORM_OF(sign_up_form).  Query parameters of a GET and the body of a POST
 * (urlencoded or multipart) are read alike; unknown names are ignored; a name given twice is an error but for ids.
 * Text is valid UTF-8, NFC, trimmed, free of control characters.  What was typed stays available for showing the form
 * again.  Passwords are neither trimmed nor shown again. */
#ifndef FOYER_WEB_FORM_H
#define FOYER_WEB_FORM_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum form_kind {
	FORM_text,     /* one line; min/max count code points (default max 200) */
	FORM_longtext, /* lines kept; default max 10,000 */
	FORM_email,    /* lower-cased, ≤ 254, one @, a dot in the domain */
	FORM_password, /* as typed */
	FORM_code,     /* letters, digits, '-' only; upper-cased */
	FORM_i64,      /* min/max bound the value when max > min; digit-group commas allowed */
	FORM_flag,     /* checkbox: present and not "0" */
	FORM_choice,   /* one of .options ("a|b|c") */
	FORM_when,     /* local date and time → µs UTC; like a date from 1970 to 2199 */
	FORM_date,     /* → µs UTC of that day's start */
	FORM_ids,      /* repeated or comma-separated non-negative integers; at most .max, duplicates removed, sorted */
	FORM_file      /* multipart file; .max bytes in KiB (default conf upload_mb) */
};
struct form_ids { const int64_t *v; size_t n; };
struct form_file { const char *name; struct bytes data; }; /* name: for show only, never a path */
#define FORM_CTYPE_text const char *
#define FORM_CTYPE_longtext const char *
#define FORM_CTYPE_email const char *
#define FORM_CTYPE_password const char *
#define FORM_CTYPE_code const char *
#define FORM_CTYPE_i64 int64_t
#define FORM_CTYPE_flag bool
#define FORM_CTYPE_choice const char *
#define FORM_CTYPE_when int64_t
#define FORM_CTYPE_date int64_t
#define FORM_CTYPE_ids struct form_ids
#define FORM_CTYPE_file struct form_file

struct form_field {
	const char *name;
	enum form_kind kind;
	size_t offset;
	bool required;
	int64_t min, max;
	const char *options;
	int64_t def;           /* i64: value when absent */
	const char *def_text;  /* text, choice: value when absent */
};
struct form_spec { const char *name; const struct form_field *fields; size_t n, size; };
#define FORM_DECL_(kind, name, ...) FORM_CTYPE_##kind name;
#define FORM_FIELD_(kind_, name_, ...) \
	{ .name = #name_, .kind = FORM_##kind_, .offset = offsetof(FORM_SELF_, name_), ##__VA_ARGS__ },
#define FORM(form, LIST)                                                                                               \
	struct form { LIST(FORM_DECL_) };                                                                              \
	static inline const struct form_spec *form##_spec(void)                                                       \
	{                                                                                                              \
		typedef struct form FORM_SELF_;                                                                        \
		static const struct form_field fields[] = { LIST(FORM_FIELD_) };                                       \
		static const struct form_spec spec = { #form, fields, sizeof fields / sizeof fields[0], sizeof(struct form) }; \
		return &spec;                                                                                          \
	}
#define FORM_OF(form) form##_spec

/* ---- the raw side, used by web/ and its fuzz targets ---- */
struct form_pair { const char *name, *value; size_t value_n; const char *file_name; };
struct form_input { const struct form_pair *v; size_t n; };
/* At most 1,000 pairs; ERR_INVALID with a user text beyond, or when malformed. */
struct err *form_parse_urlencoded(struct arena *a, const char *p, size_t n, struct form_input *ret);
struct err *form_parse_multipart(struct arena *a, const char *content_type, const char *p, size_t n,
    struct form_input *ret);
/* What is wrong with a field (name "": with the form).  text: for people; form_decode makes it in English from the msgid and
 * its number, the edge puts it into the language of the request. */
struct form_error { const char *name, *text; struct form_error *next; const char *msgid; int64_t number; };
/* Fills *ret_form (arena, zero where absent) and lists what is wrong in *ret_errors (NULL: all is well). */
void form_decode(struct arena *a, const struct form_spec *spec, const struct form_input *in, void **ret_form,
    struct form_error **ret_errors);

#endif
