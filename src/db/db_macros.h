/* The macro machinery of db.h: argument lists, row types, statement definitions.  Generated shape, no meaning of its own. */
#ifndef FOYER_DB_MACROS_H
#define FOYER_DB_MACROS_H

#define DB_COUNT_(...) DB_PICK_(__VA_ARGS__, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define DB_PICK_(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, a20, a21, a22, a23, a24, n, ...) ((size_t)n)
#define DB_NUM_(...) DB_NUMPICK_(__VA_ARGS__, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define DB_NUMPICK_(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, a20, a21, a22, a23, a24, n, ...) n
#define DB_CAT_(a, b) DB_CAT2_(a, b)
#define DB_CAT2_(a, b) a##b
#define DB_MAP_(...) DB_CAT_(DB_MAP, DB_NUM_(__VA_ARGS__))(__VA_ARGS__)
#define DB_MAP1(x) DB_ARG(x)
#define DB_MAP2(x, ...) DB_ARG(x), DB_MAP1(__VA_ARGS__)
#define DB_MAP3(x, ...) DB_ARG(x), DB_MAP2(__VA_ARGS__)
#define DB_MAP4(x, ...) DB_ARG(x), DB_MAP3(__VA_ARGS__)
#define DB_MAP5(x, ...) DB_ARG(x), DB_MAP4(__VA_ARGS__)
#define DB_MAP6(x, ...) DB_ARG(x), DB_MAP5(__VA_ARGS__)
#define DB_MAP7(x, ...) DB_ARG(x), DB_MAP6(__VA_ARGS__)
#define DB_MAP8(x, ...) DB_ARG(x), DB_MAP7(__VA_ARGS__)
#define DB_MAP9(x, ...) DB_ARG(x), DB_MAP8(__VA_ARGS__)
#define DB_MAP10(x, ...) DB_ARG(x), DB_MAP9(__VA_ARGS__)
#define DB_MAP11(x, ...) DB_ARG(x), DB_MAP10(__VA_ARGS__)
#define DB_MAP12(x, ...) DB_ARG(x), DB_MAP11(__VA_ARGS__)
#define DB_MAP13(x, ...) DB_ARG(x), DB_MAP12(__VA_ARGS__)
#define DB_MAP14(x, ...) DB_ARG(x), DB_MAP13(__VA_ARGS__)
#define DB_MAP15(x, ...) DB_ARG(x), DB_MAP14(__VA_ARGS__)
#define DB_MAP16(x, ...) DB_ARG(x), DB_MAP15(__VA_ARGS__)
#define DB_MAP17(x, ...) DB_ARG(x), DB_MAP16(__VA_ARGS__)
#define DB_MAP18(x, ...) DB_ARG(x), DB_MAP17(__VA_ARGS__)
#define DB_MAP19(x, ...) DB_ARG(x), DB_MAP18(__VA_ARGS__)
#define DB_MAP20(x, ...) DB_ARG(x), DB_MAP19(__VA_ARGS__)
#define DB_MAP21(x, ...) DB_ARG(x), DB_MAP20(__VA_ARGS__)
#define DB_MAP22(x, ...) DB_ARG(x), DB_MAP21(__VA_ARGS__)
#define DB_MAP23(x, ...) DB_ARG(x), DB_MAP22(__VA_ARGS__)
#define DB_MAP24(x, ...) DB_ARG(x), DB_MAP23(__VA_ARGS__)

/* Row types.  A field kind that is not one of the plain ones is a typed id of ids.h, stored as its int64. */
#include "ids.h"
#define DB_ID_FIELD_(name) typedef struct name##_id DB_CTYPE_##name##_id; enum { DB_COL_##name##_id = DB_COL_i64 };
ID_TYPES(DB_ID_FIELD_)
#define DB_FIELD_DECL_(kind, name) DB_CTYPE_##kind name;
#define DB_FIELD_COL_(kind, name) { #name, (enum db_col_kind)DB_COL_##kind, offsetof(DB_ROW_SELF_, name) },
/* DB_ROW(show_row, SHOW_ROW): struct show_row and its column table.  Header-safe: the table is static const. */
#define DB_ROW(row, LIST)                                                                                              \
	struct row { LIST(DB_FIELD_DECL_) };                                                                           \
	DB_ROW_TABLE_(row, LIST)
#define DB_ROW_TABLE_(row, LIST)                                                                                       \
	static inline const struct db_rowtype *row##_type(void)                                                       \
	{                                                                                                              \
		typedef struct row DB_ROW_SELF_;                                                                       \
		static const struct db_col cols[] = { LIST(DB_FIELD_COL_) };                                           \
		static const struct db_rowtype type = { #row, cols, sizeof cols / sizeof cols[0], sizeof(struct row) }; \
		return &type;                                                                                          \
	}

/* Statements: a const record, and a pointer to it in the section foyer_stmts. */
#define DB_STMT_(name_, row_, flags_, sql_)                                                                            \
	static const struct db_stmt name_ = { .name = #name_, .sql = sql_, .file = __FILE__, .line = __LINE__,          \
		.flags = (flags_), .row_type = (row_) };                                                               \
	static const struct db_stmt *const name_##_entry_ __attribute__((used, section("foyer_stmts"))) = &name_;
#define DB_QUERY(name, row, sql) DB_QUERY_F(name, row, 0, sql)
#define DB_QUERY_F(name, row, flags, sql)                                                                              \
	DB_STMT_(name, row##_type, flags, sql)                                                                         \
	/* First row or NULL. */                                                                                       \
	__attribute__((unused)) static inline struct err *name##_one(struct db *db, struct arena *a,                   \
	    struct row **ret, const struct db_arg *args, size_t n_args)                                                \
	{                                                                                                              \
		void *rows = NULL;                                                                                     \
		size_t n = 0;                                                                                          \
		TRY(db_select(db, &name, a, &rows, &n, 1, 1, args, n_args));                                           \
		*ret = n ? rows : NULL;                                                                                \
		return NULL;                                                                                           \
	}                                                                                                              \
	/* All rows. */                                                                                                \
	__attribute__((unused)) static inline struct err *name##_all(struct db *db, struct arena *a,                   \
	    struct row **ret, size_t *ret_n, const struct db_arg *args, size_t n_args)                                 \
	{                                                                                                              \
		void *rows = NULL;                                                                                     \
		size_t n = 0;                                                                                          \
		TRY(db_select(db, &name, a, &rows, &n, 0, 1, args, n_args));                                           \
		*ret = rows;                                                                                           \
		*ret_n = n;                                                                                            \
		return NULL;                                                                                           \
	}                                                                                                              \
	/* All rows, with the {part} of the text repeated. */                                                          \
	__attribute__((unused)) static inline struct err *name##_in(struct db *db, struct arena *a,                    \
	    struct row **ret, size_t *ret_n, size_t repeat, const struct db_arg *args, size_t n_args)                  \
	{                                                                                                              \
		void *rows = NULL;                                                                                     \
		size_t n = 0;                                                                                          \
		TRY(db_select(db, &name, a, &rows, &n, 0, repeat, args, n_args));                                      \
		*ret = rows;                                                                                           \
		*ret_n = n;                                                                                            \
		return NULL;                                                                                           \
	}
#define DB_EXEC(name, sql) DB_EXEC_F(name, 0, sql)
#define DB_EXEC_F(name, flags, sql)                                                                                    \
	DB_STMT_(name, NULL, flags, sql)                                                                               \
	/* ret_changed may be NULL. */                                                                                 \
	__attribute__((unused)) static inline struct err *name##_run(struct db *db, int64_t *ret_changed,              \
	    const struct db_arg *args, size_t n_args)                                                                  \
	{                                                                                                              \
		return db_exec(db, &name, ret_changed, 1, args, n_args);                                               \
	}                                                                                                              \
	__attribute__((unused)) static inline struct err *name##_many(struct db *db, int64_t *ret_changed,             \
	    size_t repeat, const struct db_arg *args, size_t n_args)                                                   \
	{                                                                                                              \
		return db_exec(db, &name, ret_changed, repeat, args, n_args);                                          \
	}

#endif
