/* Blob store: files by name, on disk (data_dir/blobs, served by nginx under /uploads/) or in an S3-compatible bucket.
 * Names are made by the program: [a-z0-9/._-], no "..". */
#ifndef FOYER_EXT_BLOB_H
#define FOYER_EXT_BLOB_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct err *blob_put(struct arena *a, const char *name, const char *content_type, struct bytes data); /* atomic: write, fsync, rename */
struct err *blob_get(struct arena *a, const char *name, struct bytes *ret); /* ERR_NOT_FOUND */
struct err *blob_delete(struct arena *a, const char *name);                 /* absent is fine */
const char *blob_url(struct arena *a, const char *name);                    /* "/uploads/…" */

#endif
