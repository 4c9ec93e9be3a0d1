package ledger

// MaxKnown is how many orders a file keeps in mind.
const MaxKnown = maxKnown

// Queued is how many calls wait for the writer.
func (w *writer) Queued() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.queue)
}
