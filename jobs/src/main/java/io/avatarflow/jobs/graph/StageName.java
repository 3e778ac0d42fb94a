package io.avatarflow.jobs.graph;

/** The stages of the graph, in their order. */
enum StageName {
  INGEST,
  FEATURES,
  MOTION,
  DENOISE,
  BLEND,
  DECODE,
  ENCODE
}
