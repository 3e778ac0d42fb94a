package io.avatarflow.operators.host;

import io.avatarflow.operators.host.FakeStages.Sum;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.Stage;
import io.avatarflow.operators.stage.Turn;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Stages in a plain loop, one session, one record, one step at a time: what a host must equal. */
final class ReferenceModel {
  private final List<Stage<Sum>> stages;
  private final Map<Stage<Sum>, Sum> states = new HashMap<>();
  private final Map<Stage<Sum>, AutoCloseable> derived = new HashMap<>();
  private final SessionInfo session;

  @SuppressWarnings("unchecked")
  private ReferenceModel(SessionInfo session, List<Stage<?>> stages) {
    this.session = session;
    this.stages = stages.stream().map(stage -> (Stage<Sum>) stage).toList();
  }

  /** The summaries of what a session's records become. */
  static List<String> run(SessionInfo session, List<Stage<?>> stages, List<SessionRecord> records) {
    ReferenceModel model = new ReferenceModel(session, stages);
    List<String> out = new ArrayList<>();
    for (SessionRecord record : records) {
      model.run(record, 0).forEach(made -> out.add(FakeStages.summary(made)));
    }
    return out;
  }

  private List<SessionRecord> run(SessionRecord record, int index) {
    if (index == stages.size()) {
      return List.of(record);
    }
    Stage<Sum> stage = stages.get(index);
    if (!stage.accepts(record)) {
      return run(record, index + 1);
    }
    Sum state = states.computeIfAbsent(stage, s -> s.initialState(session));
    Turn<Sum> turn = new Turn<>(session, record, state, derived.get(stage));
    do {
      stage.step(List.of(turn));
    } while (turn.answer() == Turn.Answer.AGAIN);
    states.put(stage, turn.newState());
    turn.derived().ifPresent(built -> derived.put(stage, built));
    List<SessionRecord> out = new ArrayList<>();
    turn.outputs().forEach(made -> out.addAll(run(made, index + 1)));
    return out;
  }
}
