/* The banks that an account can be at, by the two-digit code that providers of payment use. */
#ifndef FOYER_WEB_BANKS_H
#define FOYER_WEB_BANKS_H

#include "web/req.h"

#define BANK_CODES "39|34|12|32|45|64|88|48|27|20|71|50|37|35|90|89|92|81|54|03|06|31|02|11|23|07"
/* A bank's name; the code itself where it is unknown. */
const char *bank_name(const char *lang, const char *code);
/* Choices of a form's field; the first one, "", asks to choose. */
const struct option *bank_options(struct req *r);

#endif
