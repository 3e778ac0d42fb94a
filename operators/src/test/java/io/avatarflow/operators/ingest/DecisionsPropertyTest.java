package io.avatarflow.operators.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.stage.BlockParameters;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.DecisionMark;
import io.avatarflow.schemas.SegmentEndMark;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** What a live session was can be lived again from its input and its DECISION marks. */
class DecisionsPropertyTest {
  private static final long OPEN = 1_700_000_000_000_000L;
  private static final long LATER = OPEN + 3_600_000_000L;
  private static final IngestOptions ASAP = IngestOptions.DEFAULT;
  private static final IngestOptions REALTIME = ASAP.with(PacingOptions.ASAP.realtime());

  /** A session on its way: what was known and what had come out before a record. */
  private record Moment(int arrival, IngestState state, long nextOffset, int blocks, int ends) {}

  private final List<Moment> moments = new ArrayList<>();

  private static IngestHarness ingest(IngestOptions options, QualityLadder ladder) {
    return new IngestHarness(IngestHarness.manifest(), options, SeatPolicy.UNLIMITED, ladder);
  }

  private IngestHarness live(List<LiveScript.Arrival> script) {
    moments.clear();
    IngestHarness live = ingest(REALTIME, ask -> (int) (ask.block() / 5 % 3));
    for (int i = 0; i < script.size(); i++) {
      live.passTo(script.get(i).micros());
      moments.add(
          new Moment(i, live.state(), live.nextOffset(), blocks(live).size(), ends(live).size()));
      live.sendAt(script.get(i).micros(), script.get(i).body());
    }
    live.passTo(LATER);
    assertThat(live.state()).isEqualTo(IngestState.INITIAL);
    return live;
  }

  private static List<MediaBlock> blocks(IngestHarness ingest) {
    return IngestHarness.blocks(ingest.all());
  }

  private static List<DecisionMark> decisions(IngestHarness ingest) {
    return IngestHarness.marks(ingest.all(), DecisionMark.class);
  }

  private static List<SegmentEndMark> ends(IngestHarness ingest) {
    return IngestHarness.marks(ingest.all(), SegmentEndMark.class);
  }

  /** A block without what only the clock knows. */
  private record Lived(
      long index,
      long epoch,
      long firstSample,
      int sampleCount,
      List<Float> features,
      List<Short> playback,
      int playbackCount,
      int videoFrames,
      BlockParameters parameters,
      MediaBlock.BlockFlags flags,
      int rung) {
    static Lived of(MediaBlock block) {
      ReferenceIngest.Block content = ReferenceIngest.Block.of(block);
      return new Lived(
          block.index(),
          block.epoch(),
          block.audio().firstSample(),
          content.sampleCount(),
          content.features(),
          content.playback(),
          content.playbackCount(),
          content.videoFrames(),
          block.parameters(),
          block.flags(),
          block.rung());
    }
  }

  private static void assertSame(List<MediaBlock> again, List<MediaBlock> live) {
    assertThat(again.stream().map(Lived::of).toList().equals(live.stream().map(Lived::of).toList()))
        .as("%d blocks are the %d that were lived", again.size(), live.size())
        .isTrue();
  }

  /** A moment with so much to come that its decisions take longer than a restore catches up. */
  private Moment moment(Random random, IngestHarness live) {
    int all = blocks(live).size();
    List<Moment> early = moments.stream().filter(m -> all - m.blocks() > 4).toList();
    Assume.that(!early.isEmpty());
    return early.get(random.nextInt(early.size()));
  }

  @Property(tries = 100)
  void inputAtOnceWithItsDecisionsGivesTheSameBlocks(@ForAll long seed, @ForAll boolean asap) {
    List<LiveScript.Arrival> script = LiveScript.random(new Random(seed), OPEN);
    IngestHarness live = live(script);

    IngestHarness again = ingest(asap ? ASAP : REALTIME, QualityLadder.FULL);
    again.follow(SessionRecord.Decisions.complete(decisions(live)));
    for (LiveScript.Arrival arrival : script) {
      again.sendAt(LATER, arrival.body());
    }

    assertSame(blocks(again), blocks(live));
    assertThat(decisions(again)).isEqualTo(decisions(live));
    assertThat(ends(again)).isEqualTo(ends(live));
    assertThat(again.state()).isEqualTo(IngestState.INITIAL);
    assertThat(again.all().get(again.all().size() - 1)).isInstanceOf(SessionRecord.End.class);
  }

  @Property(tries = 100)
  void aRestoredSessionGoesOnWithItsLaterDecisions(@ForAll long seed) {
    Random random = new Random(seed);
    List<LiveScript.Arrival> script = LiveScript.random(random, OPEN);
    IngestHarness live = live(script);
    Moment moment = moment(random, live);

    IngestHarness restored = ingest(REALTIME, QualityLadder.FULL);
    restored.resume(moment.state(), moment.nextOffset());
    restored.follow(
        SessionRecord.Decisions.complete(
            decisions(live).subList(moment.blocks(), decisions(live).size())));
    for (LiveScript.Arrival arrival : script.subList(moment.arrival(), script.size())) {
      restored.sendAt(LATER, arrival.body());
    }

    assertSame(blocks(restored), blocks(live).subList(moment.blocks(), blocks(live).size()));
    assertThat(ends(restored)).isEqualTo(ends(live).subList(moment.ends(), ends(live).size()));
    assertThat(restored.state()).isEqualTo(IngestState.INITIAL);
  }

  @Property(tries = 100)
  void behindTheLastDecisionTheClockGoesOnWithoutAGap(@ForAll long seed) {
    Random random = new Random(seed);
    List<LiveScript.Arrival> script = LiveScript.random(random, OPEN);
    IngestHarness live = live(script);
    Moment moment = moment(random, live);
    List<DecisionMark> known = decisions(live).subList(moment.blocks(), decisions(live).size());
    known = known.subList(0, random.nextInt(known.size() + 1));

    IngestHarness restored = ingest(REALTIME, QualityLadder.FULL);
    restored.resume(moment.state(), moment.nextOffset());
    restored.follow(known);
    long at = LATER;
    for (LiveScript.Arrival arrival : script.subList(moment.arrival(), script.size())) {
      restored.sendAt(at++, arrival.body());
    }
    restored.passTo(LATER + 100_000_000);

    List<MediaBlock> after = blocks(restored);
    assertSame(
        after.subList(0, known.size()),
        blocks(live).subList(moment.blocks(), moment.blocks() + known.size()));
    for (int i = 0; i < after.size(); i++) {
      assertThat(after.get(i).index()).isEqualTo(moment.blocks() + i);
      assertThat(after.get(i).deadlineMicros()).isGreaterThan(after.get(i).ingestMicros());
    }
    assertThat(restored.state()).isEqualTo(IngestState.INITIAL);
  }
}
