// Package segment packs logged decisions by the hundred: into bytes, and into a filter that tells which of them need not be
// unpacked for a question.
//
// It owns both formats, and knows neither SQL nor files. An index with a row for each decision and each field would cost more
// than the decision itself: pages of it would be rewritten in no order, for each key that asks.
package segment
