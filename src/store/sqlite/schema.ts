/** The file's form. It is for ever: what a ledger has written, every later version must read. */

/** In the header of every ledger: "chlg". */
export const APPLICATION_ID = 0x63_68_6c_67;
/** `user_version`: a reader refuses a ledger of a later format than its own. */
export const FORMAT = 1;

/** In the column of an amount that the event does not have. */
export const NO_AMOUNT = '';

/**
 * STRICT, so that SQLite's own check finds a value of the wrong kind. Names are interned: a stream
 * name of 150 bytes beside each event of 300 would cost half as much again. Small columns come
 * before the texts, so that a question about times or amounts reads no text. Every index is paid
 * for in append speed: there is none on ids and none on times.
 *
 * An event's position is its rowid, and so are the numbers of streams and types. They have no
 * column of their own: SQLite would keep an unused byte for it in every row, and that byte could
 * change unnoticed. They go from 1 on without gaps, so that a VACUUM could only repeat them.
 *
 * An event without amounts has the empty text there, which is as short as NULL: SQLite reads two
 * further (reserved) kinds as NULL, so that a changed kind would not be seen.
 */
export const SCHEMA = `
CREATE TABLE stream(
  name TEXT NOT NULL UNIQUE,
  late INT NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE type(
  name TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE ev(
  stream INT NOT NULL,
  revision INT NOT NULL,
  type INT NOT NULL,
  happened_at INT NOT NULL,
  recorded_at INT NOT NULL,
  amount1 ANY NOT NULL,
  amount2 ANY NOT NULL,
  marked INT NOT NULL,
  id BLOB NOT NULL,
  digest BLOB NOT NULL,
  data TEXT NOT NULL,
  metadata TEXT NOT NULL,
  UNIQUE(stream, revision)
) STRICT;
CREATE INDEX ev_marked ON ev(type) WHERE marked = 1;
CREATE TABLE kept_row(
  projection TEXT NOT NULL,
  stream INT NOT NULL,
  revision INT NOT NULL,
  version INT NOT NULL,
  json TEXT NOT NULL,
  UNIQUE(projection, stream)
) STRICT;
CREATE TABLE snapshot(
  projection TEXT NOT NULL,
  stream INT NOT NULL,
  revision INT NOT NULL,
  version INT NOT NULL,
  position INT NOT NULL,
  happened_at INT NOT NULL,
  json TEXT NOT NULL,
  UNIQUE(projection, stream, revision)
) STRICT;
CREATE TABLE keyring(
  serial INTEGER PRIMARY KEY,
  key_id TEXT NOT NULL UNIQUE,
  subject TEXT NOT NULL,
  wrapped BLOB,
  created_at INT NOT NULL,
  destroyed_at INT
) STRICT;
CREATE TABLE meta(
  key TEXT PRIMARY KEY,
  text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;
