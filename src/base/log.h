/* Structured log: one JSON object a line to stderr (the service manager or ./dev keeps it).  Keys are literals; values
 * are escaped.  The request id of the current work is set once and put on every line. */
#ifndef FOYER_BASE_LOG_H
#define FOYER_BASE_LOG_H

#include "base/err.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_setup(enum log_level least, const char *process); /* process: "web", "pay", "clock" … */
void log_request_id(const char *id);                        /* NULL clears; copied, at most 63 bytes */
const char *log_current_request_id(void);                   /* "" when none */
/* log_msg(LOG_INFO, "hold made", "order", code, "seats", "3", NULL): message, then key/value pairs of strings, NULL. */
void log_msg(enum log_level level, const char *msg, ...) __attribute__((sentinel));
void log_err(enum log_level level, const char *msg, struct err *e); /* logs and frees e; NULL e logs nothing */

#endif
