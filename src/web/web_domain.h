/* Pages of the web itself: language switch, health, robots.txt. */
#ifndef FOYER_WEB_DOMAIN_H
#define FOYER_WEB_DOMAIN_H

#include "web/route.h"

extern const struct domain web_domain;

#endif
