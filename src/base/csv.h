/* Comma-separated values, as spreadsheets read them. */
#ifndef FOYER_BASE_CSV_H
#define FOYER_BASE_CSV_H

#include "base/buf.h"

/* The first line: a byte order mark, by which spreadsheets know UTF-8, and the names of the columns. */
void csv_heads(struct buf *b, const char *const *heads, size_t n);
/* One cell (NULL: empty), quoted where needed and never a formula for the program that opens it; then a comma, or after
 * the last one of a line its end. */
void csv_cell(struct buf *b, const char *text, bool last);

#endif
