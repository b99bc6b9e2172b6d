package console

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
)

const (
	// Base is the path that the console stands under.
	Base = "/console/"

	index = "index.html"
	// noncePlace is what stands in the built index.html where each answer's nonce goes: see vite.config.ts.
	noncePlace = "STEELGATE-NONCE"
	// hashed is the folder of files whose names change whenever what is in them does.
	hashed = "assets/"
)

// Site serves a built console. Its files do not change while the process runs.
type Site struct {
	files fs.FS
	// index is the page that every route of the console begins with, or "" where nothing is built.
	index string
	// packed are the files that were asked for, by their names.
	packed sync.Map
}

// file is one that is served, as it is and compressed; compressed is nil where that gains nothing.
type file struct {
	plain, compressed []byte
	contentType, tag  string
}

// New makes a site of a folder that `vite build` wrote.
func New(files fs.FS) *Site {
	page, err := fs.ReadFile(files, index)
	if err != nil {
		return &Site{files: files}
	}
	return &Site{files: files, index: string(page)}
}

// Built tells whether there is a console to serve.
func (s *Site) Built() bool { return s.index != "" }

// ServeHTTP serves the file that a path under Base names. Every other path that could be one of the console's own pages gets
// index.html, whose script reads the address.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.Built() {
		refuse(w, http.StatusServiceUnavailable, "This program was built without its web console: `make build` builds it. The API is served all the same.")
		return
	}
	name := strings.TrimPrefix(r.URL.Path, Base)
	if name != index && fs.ValidPath(name) && !strings.HasPrefix(path.Base(name), ".") {
		if f := s.file(name); f != nil {
			f.serve(w, r, strings.HasPrefix(name, hashed))
			return
		}
	}
	if strings.HasPrefix(name, hashed) || name != index && path.Ext(name) != "" && !strings.Contains(r.Header.Get("Accept"), "text/html") {
		refuse(w, http.StatusNotFound, "No such file is part of the console. Load the page anew: a newer version may have come.")
		return
	}
	s.serveIndex(w, r)
}

// serveIndex answers the page with a nonce of its own, in it and in its policy: so it is never kept.
func (s *Site) serveIndex(w http.ResponseWriter, r *http.Request) {
	nonce := rand.Text()
	page := strings.ReplaceAll(s.index, noncePlace, nonce)
	h := w.Header()
	h.Set("Content-Security-Policy", policy(nonce))
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write([]byte(page))
}

// policy lets the page have what this server serves, and what styles carry the nonce, and nothing else. Forms go by script, and
// nobody frames it.
func policy(nonce string) string {
	return "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-" + nonce + "'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// file reads one, or answers nil where there is none.
func (s *Site) file(name string) *file {
	if known, ok := s.packed.Load(name); ok {
		return known.(*file)
	}
	plain, err := fs.ReadFile(s.files, name)
	if err != nil {
		return nil
	}
	known, _ := s.packed.LoadOrStore(name, pack(name, plain))
	return known.(*file)
}

func pack(name string, plain []byte) *file {
	f := &file{plain: plain, contentType: contentTypeOf(name), tag: fmt.Sprintf(`"%x"`, sha256.Sum256(plain))}
	var out bytes.Buffer
	zip, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level is one that there is
	_, _ = zip.Write(plain)                                   // into memory
	_ = zip.Close()
	if out.Len() < len(plain)*9/10 {
		f.compressed = out.Bytes()
	}
	return f
}

// contentTypeOf does not ask the machine, whose tables differ.
func contentTypeOf(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	}
	if known := mime.TypeByExtension(path.Ext(name)); known != "" {
		return known
	}
	return "application/octet-stream"
}

func (f *file) serve(w http.ResponseWriter, r *http.Request, forever bool) {
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	if forever {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Set("ETag", f.tag)
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("If-None-Match"), f.tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", f.contentType)
	body := f.plain
	if f.compressed != nil && acceptsGzip(r.Header.Get("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		body = f.compressed
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(body) //nolint:gosec // a file of the build
}

func acceptsGzip(header string) bool {
	for _, offer := range strings.Split(header, ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(offer), ";")
		if coding == "gzip" {
			return strings.Trim(strings.TrimPrefix(strings.TrimSpace(weight), "q="), "0.") != "" || !strings.Contains(weight, "q=")
		}
	}
	return false
}

func refuse(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n"))
}
