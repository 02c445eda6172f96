-- What forms made, so that the same form sent again makes nothing more: src/web/once.c.
CREATE TABLE form_made (
  form_hash BINARY(32) NOT NULL PRIMARY KEY,      -- of the browser, the form's key and all that was filled in
  location VARCHAR(300) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- the page where it ended
  at DATETIME(6) NOT NULL,
  KEY form_made_at (at)
);
