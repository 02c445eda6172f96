/* The C inside {{ }}: finds where it ends, and takes the directives' parts from it.  Nothing that could end the
 * statement it is put into gets through: brackets match, no ';', no comments. */
#ifndef FOYER_TMPLC_COMPILE_CODE_H
#define FOYER_TMPLC_COMPILE_CODE_H

#include <stdbool.h>
#include <stddef.h>

struct code { const char *p, *end; };

/* Scans from p (behind "{{") to the "}}" that ends it; *ret_at is that place, or where the fault is (NULL:
 * the file ends before it).  Returns NULL, or what is wrong. */
const char *code_scan(const char *p, const char *end, const char **ret_at);
struct code code_trim(struct code c);
bool code_empty(struct code c);
bool code_is(struct code c, const char *word);
/* Takes an identifier off the front (empty where there is none), and the white space behind it. */
struct code code_word(struct code *c);
/* The first comma outside brackets and strings; NULL: none. */
const char *code_comma(struct code c);
/* The bracket that closes the one c begins with; NULL: c does not begin with '('. */
const char *code_closing(struct code c);

#endif
