// Package postgres opens the database of many replicas.
//
// It owns what is particular to Postgres: the connection's settings, migrations under a lock, the driver's errors. The
// statements are sqlstore's.
package postgres
