package sqlstore

import (
	"context"

	"github.com/steelengine/steelgate/storage"
)

// foldAtOnce is how many names one transaction folds: others wait for it.
const foldAtOnce = 500

// FoldNames fills in the folded names of records that an older program wrote: no database folds all of Unicode by itself. It is
// no change of the world.
func (s *Store) FoldNames(ctx context.Context) error {
	for _, table := range []struct{ name, isRow string }{
		{"organizations", "id = ?"}, {"workspaces", "id = ?"}, {"resources", "id = ? AND type = ?"},
	} {
		for isMore := true; isMore; {
			unfolded, err := s.unfolded(ctx, table.name)
			if err != nil {
				return err
			}
			if isMore = len(unfolded) == foldAtOnce; len(unfolded) == 0 {
				break
			}
			err = s.write(ctx, func(session *session, _ uint64) error {
				for _, row := range unfolded {
					args := []any{storage.OrderedName(row.Name), row.Name, row.ID}
					if table.name == "resources" {
						args = append(args, row.Type)
					}
					if _, err := session.exec("UPDATE "+table.name+" SET name_folded = ? WHERE name = ? AND "+table.isRow, args...); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

type namedRow struct {
	Type, ID, Name string
}

// unfolded are some records whose names are not folded.
func (s *Store) unfolded(ctx context.Context, table string) (rows []namedRow, err error) {
	kind := "''"
	if table == "resources" {
		kind = "type"
	}
	query := "SELECT " + kind + " AS type, id, name FROM " + table + " WHERE name_folded = '' AND name <> '' LIMIT ?"
	err = s.o.Reads.SelectContext(ctx, &rows, s.o.Reads.Rebind(query), foldAtOnce)
	return rows, s.translate(ctx, err)
}
