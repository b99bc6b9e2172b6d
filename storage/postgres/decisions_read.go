package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lib/pq"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/storage/decisions"
)

// List implements decisions.Log.
func (l *DecisionLog) List(ctx context.Context, filter decisions.Filter) (page []authz.LoggedDecision, more bool, err error) {
	c := conditionsOf(filter)
	if filter.Before != nil {
		c.add("(at, id) < (?, ?)", filter.Before.Time.UnixMicro(), filter.Before.ID)
	}
	err = l.each(ctx, c.String()+" ORDER BY at DESC, id DESC LIMIT ?", append(c.args, filter.Limit+1), func(d authz.LoggedDecision) error {
		page = append(page, d)
		return nil
	})
	if len(page) > filter.Limit {
		return page[:filter.Limit], true, err
	}
	return page, false, err
}

// Get implements decisions.Log.
func (l *DecisionLog) Get(ctx context.Context, id string) (made authz.LoggedDecision, err error) {
	isThere := false
	err = l.each(ctx, " WHERE id = ? LIMIT 1", []any{id}, func(d authz.LoggedDecision) error {
		made, isThere = d, true
		return nil
	})
	if err == nil && !isThere {
		return made, storage.ErrNotFound
	}
	return made, err
}

// Replay implements decisions.Log.
func (l *DecisionLog) Replay(ctx context.Context, filter decisions.Filter, visit func(authz.LoggedDecision) error) error {
	c := conditionsOf(filter)
	return l.each(ctx, c.String()+" ORDER BY at, id", c.args, visit)
}

// Newest implements decisions.Log. What a decision took stands at the end of its body: to read all of that as JSON would cost
// more than the rest.
func (l *DecisionLog) Newest(ctx context.Context, filter decisions.Filter, most int, visit func(decisions.Glance) bool) (whole time.Time, err error) {
	c := conditionsOf(filter)
	whole = filter.Until
	if !holdable(c.args) {
		return time.Time{}, nil
	}
	rows, err := l.db.QueryContext(ctx, l.db.Rebind(`SELECT at, key_id, code, allow, COALESCE(substring(right(body, 40) FROM '"duration_us":([0-9]{1,18})}$')::bigint, 0)
		FROM logged_decisions`+c.String()+" ORDER BY at DESC, id DESC LIMIT ?"), append(c.args, most+1)...)
	if err == nil {
		defer rows.Close()
		for looked := 0; rows.Next(); looked++ {
			var at, took int64
			var glance decisions.Glance
			if err = rows.Scan(&at, &glance.KeyID, &glance.Code, &glance.Allow, &took); err != nil {
				break
			}
			if looked == most {
				return whole, nil
			}
			glance.Time, glance.Took = time.UnixMicro(at).UTC(), time.Duration(took)*time.Microsecond
			isEnough := visit(glance)
			if whole = glance.Time.Add(time.Microsecond); isEnough {
				return whole, nil
			}
		}
		if err == nil {
			err = rows.Err()
		}
	}
	switch {
	case err == nil:
		return time.Time{}, nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return whole, nil
	}
	return time.Time{}, translate(err)
}

// holdable tells whether the database can hold the texts of a question.
func holdable(args []any) bool {
	for _, arg := range args {
		if text, ok := arg.(string); ok && (strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text)) {
			return false
		}
	}
	return true
}

// each hands every decision to visit while they come. Text that the database can't hold is nowhere in it.
func (l *DecisionLog) each(ctx context.Context, query string, args []any, visit func(authz.LoggedDecision) error) error {
	if !holdable(args) {
		return nil
	}
	rows, err := l.db.QueryContext(ctx, l.db.Rebind("SELECT body FROM logged_decisions"+query), args...)
	if err != nil {
		return translate(err)
	}
	defer rows.Close()
	for rows.Next() {
		var body []byte
		var d authz.LoggedDecision
		if err := rows.Scan(&body); err != nil {
			return translate(err)
		}
		if err := json.Unmarshal(body, &d); err != nil {
			return err
		}
		if err := visit(d); err != nil {
			return err
		}
	}
	return translate(rows.Err())
}

// conditions are those of a question, and what stands in them.
type conditions struct {
	texts []string
	args  []any
}

func (c *conditions) add(text string, args ...any) {
	c.texts = append(c.texts, text)
	c.args = append(c.args, args...)
}

func (c *conditions) String() string {
	if len(c.texts) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.texts, " AND ")
}

func conditionsOf(filter decisions.Filter) *conditions {
	c := &conditions{}
	for _, is := range []struct{ column, text string }{
		{"key_id", filter.KeyID}, {"owner_type", string(filter.KeyOwner.Type)}, {"owner_id", filter.KeyOwner.ID},
		{"resource_type", filter.ResourceType}, {"resource_id", filter.ResourceID}, {"workspace_id", filter.WorkspaceID},
		{"organization_id", filter.OrganizationID}, {"action", filter.Action},
	} {
		if is.text != "" {
			c.add(is.column+" = ?", is.text)
			// The indexes are of those that have one.
			c.add(is.column + " <> ''")
		}
	}
	if len(filter.Codes) > 0 {
		codes := make([]string, len(filter.Codes))
		for i, code := range filter.Codes {
			codes[i] = string(code)
		}
		c.add("code = ANY (?)", pq.StringArray(codes))
	}
	if filter.Allow != nil {
		c.add("allow = ?", *filter.Allow)
	}
	if !filter.From.IsZero() {
		c.add("at >= ?", filter.From.UnixMicro())
	}
	if !filter.Until.IsZero() {
		c.add("at < ?", filter.Until.UnixMicro())
	}
	return c
}
