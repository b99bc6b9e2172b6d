package sqlstore

import "github.com/steelengine/steelgate/storage"

// CountByVersion implements storage.Reader.
func (s *session) CountByVersion() ([]storage.VersionCount, error) {
	return all(s, scanVersionCount, `SELECT version, SUM(of_keys), SUM(of_tokens) FROM (
			SELECT pepper_version AS version, COUNT(*) AS of_keys, 0 AS of_tokens FROM api_keys GROUP BY pepper_version
			UNION ALL SELECT pepper_version, 0, COUNT(*) FROM tokens GROUP BY pepper_version) AS counted
		GROUP BY version ORDER BY version`)
}

func scanVersionCount(row scanner) (c storage.VersionCount, err error) {
	err = row.Scan(&c.Version, &c.Keys, &c.Tokens)
	return c, err
}
