package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"

	"github.com/lib/pq"

	"github.com/steelengine/steelgate/storage"
)

func TestWithSettings(t *testing.T) {
	for _, test := range []struct {
		given string
		// want is what the query has beyond the defaults, or in their stead.
		want map[string]string
	}{
		{"postgres://steelgate@db/steelgate", nil},
		{"postgresql://steelgate@db/steelgate", nil},
		{"postgres://db/steelgate?sslmode=disable", map[string]string{"sslmode": "disable"}},
		{"postgres://db/steelgate?sslmode=verify-full&sslrootcert=/ca.pem", map[string]string{"sslmode": "verify-full", "sslrootcert": "/ca.pem"}},
		{"postgres://db/steelgate?connect_timeout=1&application_name=other", map[string]string{"connect_timeout": "1", "application_name": "other"}},
		{"postgres://db/steelgate?binary_parameters=no", map[string]string{"binary_parameters": "no"}},
	} {
		got, err := withSettings(test.given)
		if err != nil {
			t.Errorf("%s: %v", test.given, err)
			continue
		}
		given, _ := url.Parse(test.given)
		parsed, err := url.Parse(got)
		if err != nil {
			t.Fatal(err)
		}
		if parsed.Host != given.Host || parsed.Path != given.Path || parsed.User.String() != given.User.String() {
			t.Errorf("%s became %s", test.given, got)
		}
		want := url.Values{}
		for _, some := range []map[string]string{settings, test.want} {
			for name, value := range some {
				want.Set(name, value)
			}
		}
		if parsed.Query().Encode() != want.Encode() {
			t.Errorf("%s has the settings %s, want %s", test.given, parsed.Query().Encode(), want.Encode())
		}
	}
}

func TestPasswordsStayApart(t *testing.T) {
	const password = "p@ss:w/rd%?#"
	got, err := withSettings((&url.URL{Scheme: "postgres", User: url.UserPassword("u", password), Host: "db", Path: "/d"}).String())
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := url.Parse(got)
	if err != nil {
		t.Fatal(err)
	}
	if kept, _ := parsed.User.Password(); kept != password {
		t.Errorf("the password became %q", kept)
	}
	for _, address := range []string{
		"", "db", "sqlite:///x", "mysql://u:hunter2@db/d", "postgres://u:hunter2@db:port/d", "postgres://u:hunter2@db/%zz",
		"postgres://u:hunter2@db/d?sslmode=perhaps", "postgres://u:hunter2@127.0.0.1:1/d?sslmode=disable&connect_timeout=1",
	} {
		_, err := Open(t.Context(), address)
		if err == nil {
			t.Errorf("%q was opened", address)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}

func TestTranslate(t *testing.T) {
	for _, test := range []struct {
		err         error
		unavailable bool
	}{
		{&pq.Error{Code: "08006"}, true},
		{&pq.Error{Code: "53300"}, true},
		{&pq.Error{Code: "57P01"}, true},
		{&pq.Error{Code: "25P03"}, true},
		{&pq.Error{Code: "25006"}, true},
		{&pq.Error{Code: "40P01"}, true},
		{fmt.Errorf("putting: %w", &pq.Error{Code: "57014"}), true},
		{io.ErrUnexpectedEOF, true},
		{&pq.Error{Code: "23505"}, false},
		{&pq.Error{Code: "25P02"}, false},
		{&pq.Error{Code: "42P01"}, false},
		{storage.ErrNotFound, false},
		{context.Canceled, false},
	} {
		got := translate(test.err)
		if errors.Is(got, storage.ErrUnavailable) != test.unavailable || !errors.Is(got, test.err) {
			t.Errorf("%v became %v", test.err, got)
		}
	}
}
