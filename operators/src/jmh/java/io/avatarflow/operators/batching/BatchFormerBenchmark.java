package io.avatarflow.operators.batching;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/** Forming a batch of 16 while other steps wait, and putting its steps in line again. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class BatchFormerBenchmark {
  private static final int ROWS = 16;

  /** Sessions with a step in line. */
  @Param({"16", "256", "1024"})
  public int sessions;

  private BatchFormer<Step> line;
  private long clock;

  private record Step(String sessionKey, long deadlineMicros, long block) implements BatchItem {
    @Override
    public Object batchKey() {
      return "denoiser";
    }

    @Override
    public int rows() {
      return 1;
    }

    @Override
    public int maxRows() {
      return ROWS;
    }
  }

  @Setup
  public void fill() {
    line = new BatchFormer<>(BatchLimit.GREEDY);
    for (int i = 0; i < sessions; i++) {
      line.add(new Step("bench/" + i, clock++, 0));
    }
  }

  @Benchmark
  public void takeAndRefill(Blackhole sink) {
    Step[] batch = new Step[ROWS];
    int[] taken = {0};
    line.take(step -> batch[taken[0]++] = step);
    for (int i = 0; i < taken[0]; i++) {
      line.add(new Step(batch[i].sessionKey(), clock++, batch[i].block() + 1));
    }
    sink.consume(batch);
  }
}
