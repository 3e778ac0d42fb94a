package io.avatarflow.operators.ingest;

/**
 * Where audio ended that was refused last because it was too far ahead. What goes on from there
 * shows that the producer is where it says, and not that one position was wrong: the two packets in
 * sequence of RFC 3550, appendix A.1.
 *
 * @param epoch its epoch; -1 for none
 * @param end just behind its last sample
 */
record FarAudio(long epoch, long end) {
  /** Nothing was refused. */
  static final FarAudio NONE = new FarAudio(-1, -1);

  boolean isContinuedBy(ChunkReader.Chunk chunk) {
    return chunk.epoch() == epoch && chunk.run().start() == end;
  }

  /** What is remembered when a chunk is refused; an end of speech alone says nothing. */
  FarAudio refused(ChunkReader.Chunk chunk) {
    return chunk.run().samples().length == 0
        ? this
        : new FarAudio(chunk.epoch(), chunk.run().end());
  }
}
