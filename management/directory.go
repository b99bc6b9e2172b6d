package management

import (
	"context"

	"github.com/steelengine/steelgate/storage"
)

// readPlatform reads what is the directory's.
func (s *Service) readPlatform(ctx context.Context, a Actor, read func(storage.Reader) error) error {
	return s.view(ctx, func(r storage.Reader) error {
		if err := s.authorize(r, a, readDirectory, thePlatform); err != nil {
			return err
		}
		return read(r)
	})
}

// changeDirectory changes what is the directory's.
func (s *Service) changeDirectory(ctx context.Context, of act, work func(storage.Tx) error) (uint64, error) {
	return s.change(ctx, of, func(tx storage.Tx) error {
		if err := s.authorize(tx, of.actor, writeDirectory, thePlatform); err != nil {
			return err
		}
		return work(tx)
	})
}
