// Command steelgate is the service and the tools around it.
//
// It owns flags, wiring and what people read on a terminal. Every command but those that work on files speaks the HTTP
// API: to --server, or else to the same handler in this process over the database itself. No command has rules of its own.
package main
