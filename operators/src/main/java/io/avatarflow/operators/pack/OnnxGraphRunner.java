package io.avatarflow.operators.pack;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.avatarflow.operators.program.GraphRunner;
import io.avatarflow.operators.tensor.Tensor;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Runs one graph on the plain API of ONNX Runtime.
 *
 * <p>Rows are copied into direct buffers that were allocated before and are shared with the native
 * side; outputs are written by ONNX Runtime into such buffers and copied out. Each thread that runs
 * the graph at the same moment takes a set of buffers of its own from a pool, so there are as many
 * sets as there were threads at once. A set that is too small is replaced by one of twice the size,
 * up to the pack's largest batch: once the sizes of batches have come up, no run allocates anything
 * outside of the heap.
 */
final class OnnxGraphRunner implements GraphRunner, AutoCloseable {
  private static final AtomicLong OPEN = new AtomicLong();

  private final OrtEnvironment environment;
  private final OrtSession session;
  private final String pack;
  private final String name;
  private final PackManifest.Graph graph;
  private final PackManifest.Batch batch;
  private final ConcurrentLinkedDeque<BatchBuffers> idle = new ConcurrentLinkedDeque<>();
  private final ReadWriteLock lifetime = new ReentrantReadWriteLock();
  private boolean closed;

  OnnxGraphRunner(
      OrtEnvironment environment,
      OrtSession session,
      String pack,
      String name,
      PackManifest.Graph graph,
      PackManifest.Batch batch) {
    this.environment = environment;
    this.session = session;
    this.pack = pack;
    this.name = name;
    this.graph = graph;
    this.batch = batch;
    OPEN.incrementAndGet();
  }

  /** Native sessions that are open in this process. */
  static long open() {
    return OPEN.get();
  }

  @Override
  public String graph() {
    return name;
  }

  @Override
  public List<Map<String, Tensor>> run(List<Map<String, Tensor>> rows) {
    if (rows.isEmpty() || rows.size() > batch.max()) {
      throw new IllegalArgumentException(
          "Pack \"%s\": graph %s was given a batch of %d rows; give 1 to %d."
              .formatted(pack, name, rows.size(), batch.max()));
    }
    lifetime.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException(
            "Pack \"%s\": graph %s was closed; keep the pack open while it runs."
                .formatted(pack, name));
      }
      int size = batch.padded(rows.size());
      BatchBuffers buffers = take(size);
      try {
        buffers.fill(rows);
        session.run(buffers.inputs(size), buffers.outputs(size)).close();
        List<Map<String, Tensor>> outputs = buffers.rows(rows.size());
        idle.addFirst(buffers);
        return outputs;
      } catch (OrtException | RuntimeException e) {
        buffers.close();
        throw e;
      }
    } catch (OrtException e) {
      throw new PackException(
          "Pack \"%s\": graph %s failed on a batch of %d rows (%s); run `avatarflow pack verify` on the pack."
              .formatted(pack, name, rows.size(), e.getMessage()),
          e);
    } finally {
      lifetime.readLock().unlock();
    }
  }

  private BatchBuffers take(int size) {
    for (Iterator<BatchBuffers> all = idle.iterator(); all.hasNext(); ) {
      BatchBuffers candidate = all.next();
      if (candidate.capacity() >= size && idle.removeFirstOccurrence(candidate)) {
        return candidate;
      }
    }
    BatchBuffers tooSmall = idle.pollFirst();
    if (tooSmall != null) {
      tooSmall.close();
    }
    int capacity = Math.min(batch.padded(batch.max()), Integer.highestOneBit(size * 2 - 1));
    return new BatchBuffers(environment, pack, name, graph, Math.max(capacity, size));
  }

  /** Waits for runs that are under way, then frees the session and its buffers. */
  @Override
  public void close() {
    lifetime.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        idle.forEach(BatchBuffers::close);
        idle.clear();
        session.close();
        OPEN.decrementAndGet();
      }
    } catch (OrtException e) {
      throw new IllegalStateException(
          "Pack \"%s\": graph %s could not be closed.".formatted(pack, name), e);
    } finally {
      lifetime.writeLock().unlock();
    }
  }
}
