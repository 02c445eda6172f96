/* What the templates of the desk draw. */
#ifndef FOYER_DESK_VIEW_H
#define FOYER_DESK_VIEW_H

#include "desk/desk.h"
#include "web/components.h"

/* ---- frame ---- */
struct desk_nav_group { const char *title; struct ui_link links[4]; size_t n; };
struct desk_nav { struct desk_nav_group groups[3]; size_t n; };

#endif
