// Package storagetest is the suite that every store passes: what storage promises, proved through its interfaces alone.
//
// A backend's test calls Run with a function that opens a fresh store. What is particular to one database (its files, its
// settings, a crash) is tested beside it.
package storagetest
