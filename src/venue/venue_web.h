/* The desk's pages of venues. */
#ifndef FOYER_VENUE_WEB_H
#define FOYER_VENUE_WEB_H

#include "venue/venue_view.h"
#include "web/desk_frame.h"

#define VENUE_FIND_FORM(F) F(text, q, .max = 60) F(i64, page, .min = 1, .max = 100000, .def = 1)
FORM(venue_find_form, VENUE_FIND_FORM)
#define VENUE_FORM(F)                                                                                                  \
	F(text, name, .required = true, .max = 100)                                                                    \
	F(text, name_en, .max = 100)                                                                                   \
	F(choice, region, .required = true, .options = "seoul|gyeonggi|incheon|busan|daegu|daejeon|gwangju|ulsan|gangwon|jeju|other") \
	F(text, address, .max = 200)                                                                                   \
	F(text, address_en, .max = 200)
FORM(venue_form, VENUE_FORM)
#define HALL_FORM(F)                                                                                                   \
	F(text, name, .required = true, .max = 100)                                                                    \
	F(text, name_en, .max = 100)                                                                                   \
	F(choice, start, .options = "empty|club|theatre|concert_hall|arena|stadium", .def_text = "empty")
FORM(hall_form, HALL_FORM)
/* One section to be: seated ones by the generator, standing ones by their size. */
#define BLOCK_FIELDS(F)                                                                                                \
	F(choice, kind, .options = "seated|standing", .def_text = "seated")                                            \
	F(i64, x, .min = 0, .max = 100000, .def = 100)                                                                 \
	F(i64, y, .min = 0, .max = 100000, .def = 150)                                                                 \
	F(text, first_row, .max = 8, .def_text = "1")                                                                  \
	F(i64, rows, .min = 1, .max = 1000, .def = 10)                                                                 \
	F(i64, seats, .min = 1, .max = 1000, .def = 20)                                                                \
	F(i64, seat_gap, .min = 5, .max = 500, .def = 22)                                                              \
	F(i64, row_gap, .min = 5, .max = 500, .def = 26)                                                               \
	F(i64, curve, .min = -1000, .max = 1000, .def = 0)                                                             \
	F(i64, rotate, .min = -180, .max = 180, .def = 0)                                                              \
	F(i64, capacity, .min = 1, .max = 100000, .def = 200)                                                          \
	F(i64, w, .min = 20, .max = 100000, .def = 400)                                                                \
	F(i64, h, .min = 20, .max = 100000, .def = 200)
#define DRAFT_FORM(F) F(text, name, .max = 60) BLOCK_FIELDS(F)
FORM(draft_form, DRAFT_FORM)
#define BLOCK_FORM(F) F(text, name, .required = true, .max = 60) F(choice, act, .options = "add|try", .def_text = "add") BLOCK_FIELDS(F)
FORM(block_form, BLOCK_FORM)
#define IMPORT_FORM(F) F(file, file, .required = true, .max = 8192)
FORM(import_form, IMPORT_FORM)
#define SECTION_FIND_FORM(F) F(i64, page, .min = 1, .max = 1000, .def = 1)
FORM(section_find_form, SECTION_FIND_FORM)
#define SECTION_NAME_FORM(F) F(text, name, .required = true, .max = 60)
FORM(section_name_form, SECTION_NAME_FORM)
#define MARK_FORM(F)                                                                                                   \
	F(ids, seat, .required = true, .max = 500)                                                                     \
	F(flag, wheelchair) F(flag, companion) F(flag, restricted)                                                     \
	F(i64, page, .min = 1, .max = 1000, .def = 1)
FORM(mark_form, MARK_FORM)

handler_fn venue_list_get, venue_new_get, venue_new_post, venue_get, venue_edit_get, venue_edit_post, venue_delete_post;
handler_fn hall_new_get, hall_new_post, hall_get, hall_edit_get, hall_edit_post, hall_delete_post, hall_copy_get, hall_copy_post;
handler_fn hall_section_post, hall_import_post, hall_json_get, hall_csv_get;
handler_fn section_get, section_name_post, section_delete_post, section_mark_post;

/* The hall of the path that is this organizer's, or ERR_NOT_FOUND. */
struct err *hall_of_path(struct req *r, struct hall_row **ret);
/* The form again with the error's text at a field, where the error is about the input; else the error. */
struct err *again_with(struct req *r, const char *field, struct err *e);

#endif
