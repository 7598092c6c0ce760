using System.Text.Json.Nodes;
using ControlChat.App.Ask.Handoffs;
using ControlChat.Core.Gate;

namespace ControlChat.App.Ask;

/// <summary>One thing a run said, did or asked.</summary>
public abstract class AskPart
{
    private AskPart(string key) => Key = key;

    public string Key { get; }

    /// <summary>Its place on the record; null while it is only seen live.</summary>
    public long? Seq { get; internal set; }

    /// <summary>A message of the assistant: growing, or stored.</summary>
    public sealed class Text : AskPart
    {
        private int _attempt;
        private int _thoughtAttempt;

        internal Text(string messageId) : base($"t-{messageId}") => MessageId = messageId;

        public string MessageId { get; }

        public string Shown { get; private set; } = "";

        /// <summary>What a model thought aloud. Seen live only; never stored.</summary>
        public string Thoughts { get; private set; } = "";

        public bool Growing => Seq is null;

        public string? By { get; private set; }

        /// <summary>Which try of the model is shown.</summary>
        internal int Attempt => Math.Max(_attempt, _thoughtAttempt);

        /// <returns>False for a piece that was seen already, belongs to a given up attempt, or has a hole before it.</returns>
        internal bool Grow(int attempt, int offset, string piece)
        {
            if (!Growing || Join(Shown, ref _attempt, attempt, offset, piece) is not { } text) return false;
            Shown = text;
            return true;
        }

        internal bool Think(int attempt, int offset, string piece)
        {
            if (Join(Thoughts, ref _thoughtAttempt, attempt, offset, piece) is not { } text) return false;
            Thoughts = text;
            return true;
        }

        internal void Drop() => (Shown, Thoughts) = ("", "");

        internal void Store(long seq, string text, string? by) => (Seq, Shown, By) = (seq, text, by);

        // A piece may begin before the end of what is shown: a reader that came late was given the beginning as one piece.
        private static string? Join(string shown, ref int known, int attempt, int offset, string piece)
        {
            if (attempt < known) return null;
            if (attempt > known) shown = "";
            if (offset > shown.Length || (attempt == known && offset + piece.Length <= shown.Length)) return null;
            known = attempt;
            return shown[..offset] + piece;
        }
    }

    /// <summary>A tool call: running, answered, or waiting for a plan's decision.</summary>
    public sealed class Call : AskPart
    {
        internal Call(string callId, string tool, JsonNode? arguments, DateTimeOffset startedAt) : base($"c-{callId}") =>
            (CallId, Tool, Arguments, StartedAt) = (callId, tool, arguments, startedAt);

        public string CallId { get; }

        public string Tool { get; }

        /// <summary>As the model gave them.</summary>
        public JsonNode? Arguments { get; }

        public DateTimeOffset StartedAt { get; }

        /// <summary>Null while it runs or waits.</summary>
        public Outcome? Outcome { get; internal set; }

        public long Milliseconds { get; internal set; }

        /// <summary>The plan it asked with; the newest when it was planned again.</summary>
        public string? ApprovalId { get; internal set; }

        public bool Running => Outcome is null && ApprovalId is null;

        public bool Applied => Outcome?.ActionId is not null;
    }

    /// <summary>A plan that needs a decision, or had one.</summary>
    public sealed class Plan : AskPart
    {
        internal Plan(string approvalId, string? callId, Core.Gate.Plan? shown) : base($"p-{approvalId}") =>
            (ApprovalId, CallId, Shown) = (approvalId, callId, shown);

        public string ApprovalId { get; }

        public string? CallId { get; }

        public Core.Gate.Plan? Shown { get; }

        /// <summary><c>pending</c> until the record says otherwise.</summary>
        public string Status { get; internal set; } = "pending";

        public bool Waits => Status == "pending";
    }

    /// <summary>Something the agent asks this browser to show.</summary>
    public sealed class Look : AskPart
    {
        internal Look(string id, string action, string target, bool offer) : base($"u-{id}") => (Id, Action, Target, Offer) = (id, action, target, offer);

        public string Id { get; }

        public string Action { get; }

        public string Target { get; }

        /// <summary>The run read text from outside: nothing happens without a click.</summary>
        public bool Offer { get; }

        /// <summary><c>done|refused|no_browser|timeout</c>; null while it is open.</summary>
        public string? Result { get; internal set; }
    }

    /// <summary>A task that was handed over to a workspace agent.</summary>
    public sealed class Handoff : AskPart
    {
        internal Handoff(string id, HandoffTask task) : base($"h-{id}") => (Id, Task) = (id, task);

        public string Id { get; }

        public HandoffTask Task { get; }

        /// <summary>Of the message about its end, which is not shown apart; null until there is one.</summary>
        public long? MessageSeq { get; internal set; }
    }

    /// <summary>A word of the hub to this run.</summary>
    public sealed class Notice : AskPart
    {
        internal Notice(long seq, string text, bool fault) : base($"n-{seq}") => (Seq, Said, IsFault) = (seq, text, fault);

        public string Said { get; }

        public bool IsFault { get; }
    }
}
