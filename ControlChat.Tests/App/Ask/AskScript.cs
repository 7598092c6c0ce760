using System.Text.Json.Nodes;
using ControlChat.App.Ask;
using ControlChat.App.Live;
using ControlChat.Core.Conversations;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;

namespace ControlChat.Tests.App.Ask;

/// <summary>Writes a conversation event by event, as the runner does, into a page's state.</summary>
internal sealed class AskScript
{
    private long _seq;

    public AskScript() => State = new AskState(Time);

    public FakeTime Time { get; } = new();

    public AskState State { get; }

    /// <summary>Everything written so far.</summary>
    public List<StoredEvent> Log { get; } = [];

    public StoredEvent Asks(string text, string run, string? id = null, string via = "ui") => MessageOf("user", id ?? $"msg_{_seq + 1}", text, run, via, null);

    public StoredEvent Says(string text, string run, string id, string model = "gpt-5.5") => MessageOf("assistant", id, text, run, "ask", model);

    public StoredEvent Starts(string run) => Add(ConversationEvents.RunStarted, run, new JsonObject { ["trigger_message_id"] = "msg_1" });

    public StoredEvent Ends(string run) => Add(ConversationEvents.RunFinished, run, new JsonObject { ["usage"] = new JsonObject() });

    public StoredEvent Fails(string run, string message, string reference) =>
        Add(ConversationEvents.RunFailed, run, new JsonObject { ["error"] = new JsonObject { ["code"] = "rate_limited", ["message"] = message, ["ref"] = reference } });

    public StoredEvent Stops(string run) => Add(ConversationEvents.RunCancelled, run, new JsonObject { ["by"] = "acc_1" });

    public StoredEvent Calls(string run, string call, string tool = "workspace.list") =>
        Add(ConversationEvents.ToolStarted, run, new JsonObject { ["call_id"] = call, ["tool"] = tool, ["arguments"] = new JsonObject { ["limit"] = 5 } });

    public StoredEvent Answers(string run, string call, string status = "completed", string? action = null) => Add(ConversationEvents.ToolFinished, run, new JsonObject
    {
        ["call_id"] = call,
        ["tool"] = "workspace.list",
        ["status"] = status,
        ["outcome"] = JsonNode.Parse(Json.Write(new Outcome { RequestId = "r", Tool = "workspace.list", Status = status, ActionId = action })),
        ["ms"] = 38,
    });

    public StoredEvent Plans(string run, string call, string approval) =>
        Add(ConversationEvents.ApprovalRequested, run, new JsonObject { ["approval_id"] = approval, ["call_id"] = call, ["plan"] = null });

    public StoredEvent Decides(string run, string approval, string status) =>
        Add(ConversationEvents.ApprovalResolved, run, new JsonObject { ["approval_id"] = approval, ["status"] = status, ["decided_by"] = "acc_1", ["outcome"] = null });

    public StoredEvent Add(string type, string? run, JsonObject data)
    {
        var stored = Next(type, run, data.ToJsonString(Json.Wire));
        State.Apply(stored);
        return stored;
    }

    public bool Grows(string message, string text, int offset = 0, int attempt = 1) =>
        State.Grow(new FeedItem.Delta(ConversationEvents.TextDelta, message, attempt, offset, text));

    public IReadOnlyList<AskItem> Items => [.. State.Items];

    public AskItem.Answer Answer => State.Items.OfType<AskItem.Answer>().Last();

    /// <summary>What the last block shows of text.</summary>
    public string Shown => string.Join("|", Answer.Parts.OfType<AskPart.Text>().Select(text => text.Shown));

    private StoredEvent MessageOf(string role, string id, string text, string run, string via, string? model)
    {
        var message = new Message
        {
            Id = id,
            Seq = _seq + 1,
            RunId = run,
            Role = role,
            Text = text,
            Author = new MessageAuthor(role == "user" ? "acc_1" : null, via),
            At = Time.GetUtcNow(),
            Model = model,
        };
        var stored = Next(ConversationEvents.Message, run, Json.Write(message));
        State.Apply(stored);
        return stored;
    }

    private StoredEvent Next(string type, string? run, string data)
    {
        var stored = new StoredEvent(++_seq, run, type, data, Time.GetUtcNow());
        Log.Add(stored);
        return stored;
    }
}
