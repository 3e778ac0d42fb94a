package io.avatarflow.jobs.bench;

import io.avatarflow.jobs.graph.Graph;
import io.avatarflow.jobs.graph.GraphSettings;
import io.avatarflow.operators.host.Worker;
import io.avatarflow.operators.stage.Stage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** How many frames a second plain loops make, each on a thread of its own. */
final class LoopThroughput {
  private LoopThroughput() {}

  /**
   * Plays sessions to their ends.
   *
   * @param loops how many, each with its share of the sessions
   */
  static double framesPerSecond(
      GraphSettings settings, List<BenchSessions.Script> scripts, int loops)
      throws IOException, InterruptedException {
    List<Callable<Long>> work = new ArrayList<>();
    List<List<Stage<?>>> stages = new ArrayList<>();
    ExecutorService threads = Executors.newFixedThreadPool(loops);
    try {
      for (int loop = 0; loop < loops; loop++) {
        List<Stage<?>> own = Graph.stages(settings).create(Worker.LOCAL);
        stages.add(own);
        List<BenchSessions.Script> share = new ArrayList<>();
        for (int i = loop; i < scripts.size(); i += loops) {
          share.add(scripts.get(i));
        }
        work.add(() -> play(own, share));
      }
      long start = System.nanoTime();
      long frames = 0;
      for (Future<Long> loop : threads.invokeAll(work)) {
        frames += loop.get();
      }
      return frames * 1e9 / (System.nanoTime() - start);
    } catch (ExecutionException e) {
      throw new IOException("A plain loop could not go on: " + e.getCause().getMessage(), e);
    } catch (IOException | RuntimeException | InterruptedException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("The stages of the plain loop could not be made.", e);
    } finally {
      threads.shutdownNow();
      stages.forEach(own -> own.forEach(Stage::close));
    }
  }

  private static long play(List<Stage<?>> stages, List<BenchSessions.Script> scripts) {
    try (BareLoop loop = new BareLoop(stages)) {
      return loop.play(scripts);
    }
  }
}
