package sqlstore

// Meta implements storage.Reader.
func (s *session) Meta(name string) (value string, err error) {
	err = s.get(&value, "SELECT value FROM meta WHERE name = ?", name)
	return value, err
}

// PutMeta implements storage.Tx.
func (t *transaction) PutMeta(name, value string) error {
	_, err := t.exec("INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
	return err
}
