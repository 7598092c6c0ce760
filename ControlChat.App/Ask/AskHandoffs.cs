using System.Text.Json;
using ControlChat.App.Ask.Handoffs;
using ControlChat.Core.Conversations;

namespace ControlChat.App.Ask;

/// <summary>The cards of handed-over tasks: each in the answer that handed it over.</summary>
internal sealed class AskHandoffs(AskBlocks blocks)
{
    private readonly Dictionary<string, (AskPart.Handoff Part, AskItem.Answer In)> _known = new(StringComparer.Ordinal);

    public void Apply(StoredEvent stored, JsonElement data)
    {
        if (data.Words("handoff_id") is not { } id) return;
        if (!_known.TryGetValue(id, out var at))
        {
            // A plan that was made anew belongs to no run; its task is shown where reading has got to.
            var answer = stored.RunId is null ? blocks.Items.OfType<AskItem.Answer>().LastOrDefault() : blocks.AnswerOf(stored);
            if (answer is null) return;
            at = (new AskPart.Handoff(id, new HandoffTask(data.Words("session_id") ?? "", stored.At)) { Seq = stored.Seq }, answer);
            answer.List.Add(at.Part);
            _known[id] = at;
        }
        var task = at.Part.Task;
        switch (stored.Type)
        {
            case ConversationEvents.HandoffStarted:
                task.Begin(data.Part("capsule"));
                break;
            case ConversationEvents.SessionEvent:
                task.Take(data.Words("type") ?? "", data.Whole("seq") ?? 0, data.Part("data"), stored.At);
                break;
            case ConversationEvents.HandoffFinished:
                task.Finish(data, stored.At);
                break;
        }
        at.In.Touch();
    }

    /// <summary>The message about a task's end: its card says the same.</summary>
    /// <returns>False when its card is not among what is shown.</returns>
    public bool Adopt(Message message)
    {
        var found = _known.Values.LastOrDefault(k => k.Part is { Task.IsOpen: false, MessageSeq: null } && (message.RunId is null || k.In.Run.Id == message.RunId));
        if (found.Part is null) return false;
        found.Part.MessageSeq = message.Seq;
        found.In.Touch();
        return true;
    }
}
