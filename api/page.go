package api

import (
	"encoding/base64"
	"encoding/binary"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

const (
	defaultPage = 50
	maxPage     = 1000
)

// page is a list as every call answers one.
type page[T any] struct {
	Data       []T        `json:"data"`
	Pagination pagination `json:"pagination"`
}

// pagination says how to go on: cursor is null on the last page.
type pagination struct {
	Cursor  *string `json:"cursor"`
	HasMore bool    `json:"has_more"`
}

// pageLimit reads limit; a greater one than the greatest is that.
func pageLimit(query url.Values) (int, *fieldError) {
	text := query.Get("limit")
	if text == "" {
		return defaultPage, nil
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 {
		return 0, &fieldError{Field: "limit", Message: "want a whole number from 1 to " + strconv.Itoa(maxPage)}
	}
	return min(limit, maxPage), nil
}

// cursorOf is a place in a list, as callers hand it back: opaque to them, it is the time in microseconds and the id.
func cursorOf(p storage.KeyPosition) *string {
	packed := binary.BigEndian.AppendUint64(nil, uint64(p.CreatedAt.UnixMicro()))
	text := base64.RawURLEncoding.EncodeToString(append(packed, p.ID...))
	return &text
}

// readCursor reads what cursorOf made; "" is the beginning.
func readCursor(text string) (*storage.KeyPosition, *fieldError) {
	if text == "" {
		return nil, nil
	}
	packed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(packed) < 8 || !authz.ValidID(string(packed[8:])) {
		return nil, &fieldError{Field: "cursor", Message: "is none that a list answered"}
	}
	return &storage.KeyPosition{CreatedAt: time.UnixMicro(int64(binary.BigEndian.Uint64(packed))).UTC(), ID: string(packed[8:])}, nil
}

// unknownParameters names what a list is not narrowed by: a slip of the pen must not answer with everything.
func unknownParameters(query url.Values, known ...string) (faults []fieldError) {
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !slices.Contains(known, name) {
			faults = append(faults, fieldError{Field: name, Message: "is not a parameter here"})
		}
	}
	return faults
}

// numberParameter reads a whole number from 1, or 0 where there is none.
func numberParameter(query url.Values, name, want string) (uint64, *fieldError) {
	text := query.Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil || n == 0 {
		return 0, &fieldError{Field: name, Message: want}
	}
	return n, nil
}

// timeParameter reads a time, or zero where there is none.
func timeParameter(query url.Values, name string) (time.Time, *fieldError) {
	text := query.Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, &fieldError{Field: name, Message: "want a time as in RFC 3339, such as 2030-01-31T12:00:00Z"}
	}
	return at, nil
}
