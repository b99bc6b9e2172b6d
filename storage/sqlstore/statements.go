package sqlstore

import (
	"context"
	"database/sql"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"
)

// statements are those that a transaction has run. One that comes again is prepared: an import runs the same few a
// thousand times, and most other transactions each of theirs once.
type statements struct {
	tx    *sqlx.Tx
	known map[string]*statement
}

type statement struct {
	// text is the query with the database's own placeholders.
	text string
	// prepared is nil at the first time.
	prepared *sqlx.Stmt
}

// statement is a query that is about to be run. What is prepared ends with the transaction.
func (s *statements) statement(ctx context.Context, query string) (known *statement, err error) {
	known, again := s.known[query]
	switch {
	case !again:
		known = &statement{text: s.tx.Rebind(query)}
		s.known[query] = known
	case known.prepared == nil:
		known.prepared, err = s.tx.PreparexContext(ctx, known.text)
	}
	return known, err
}

// insertMany inserts rows of a width, given one after the other, many in a statement. Conflict is what to do where one is
// there already. It answers how many rows went in.
func (s *session) insertMany(into string, width int, values []any, conflict string) (inserted int64, err error) {
	const portion = 500
	row := ",(?" + strings.Repeat(",?", width-1) + ")"
	for len(values) > 0 {
		n := min(portion*width, len(values))
		more, err := s.exec(into+" VALUES "+strings.Repeat(row, n/width)[1:]+conflict, values[:n]...)
		if err != nil {
			return inserted, err
		}
		inserted, values = inserted+more, values[n:]
	}
	return inserted, nil
}

// storable tells whether no argument is text that a database could not keep: SQLite would, Postgres does not. A row with
// such text is nowhere, so that it need not be looked for; in Postgres the attempt would cost the transaction.
func storable(args []any) bool {
	for _, arg := range args {
		var text string
		switch arg := arg.(type) {
		case string:
			text = arg
		case sql.NullString:
			text = arg.String
		case []byte, int64, int, bool, sql.NullInt64:
		default:
			// The vocabulary's names are strings of types of their own.
			if v := reflect.ValueOf(arg); v.Kind() == reflect.String {
				text = v.String()
			}
		}
		if strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text) {
			return false
		}
	}
	return true
}
