package ledger

// MaxKnown is how many orders each of a file's two books keeps in memory.
const MaxKnown = maxKnown

// Queued is how many calls wait for the writer.
func (w *writer) Queued() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.queue)
}
