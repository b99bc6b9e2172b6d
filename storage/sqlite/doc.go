// Package sqlite opens the embedded database: one file, one writer at a time, many readers beside it.
//
// It owns what is particular to SQLite: pragmas, pools, migrations, the driver's errors. The statements are sqlstore's.
package sqlite
