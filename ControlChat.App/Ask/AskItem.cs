using System.Text.Json.Nodes;
using ControlChat.Core.Conversations;

namespace ControlChat.App.Ask;

/// <summary>One thing of a conversation, in the order it is read. Changed in place: <see cref="Version"/> says when to draw it again.</summary>
public abstract class AskItem
{
    private AskItem(string key, DateTimeOffset at) => (Key, At) = (key, at);

    /// <summary>Stays the same while the item lives.</summary>
    public string Key { get; }

    public DateTimeOffset At { get; protected set; }

    public int Version { get; private set; }

    /// <summary>The sequence a link leads to; null while nothing of it is stored.</summary>
    public abstract long? Seq { get; }

    internal void Touch() => Version++;

    /// <summary>What somebody wrote.</summary>
    public sealed class Written : AskItem
    {
        private long? _seq;

        internal Written(Message stored) : base($"m-{stored.Id}", stored.At) => (Text, Context, _seq, ByApi) = (stored.Text, stored.Context, stored.Seq, stored.Author.Via == "rest");

        internal Written(string requestId, string text, JsonObject? context, DateTimeOffset at) : base($"r-{requestId}", at) => (Text, RequestId, Context) = (text, requestId, context);

        public string Text { get; }

        /// <summary>What the page had selected, sent along as data; null when nothing.</summary>
        public JsonObject? Context { get; }

        /// <summary>It was not typed on a page.</summary>
        public bool ByApi { get; private set; }

        /// <summary>The same at every try, so that trying again cannot send it twice. Null for what came from the record.</summary>
        public string? RequestId { get; }

        /// <summary>Set while it is on its way by the answer to sending; the record follows.</summary>
        internal string? MessageId { get; set; }

        /// <summary>Why it was not sent; null while it is on its way or stored.</summary>
        public string? Problem { get; private set; }

        /// <summary>Null until it is on the record.</summary>
        public override long? Seq => _seq;

        public AskRun? Run { get; internal set; }

        internal void Store(Message stored)
        {
            (_seq, ByApi, Problem, At) = (stored.Seq, stored.Author.Via == "rest", null, stored.At);
            Touch();
        }

        internal void Fail(string? problem)
        {
            Problem = problem;
            Touch();
        }
    }

    /// <summary>What one run said and did, up to where another one went on.</summary>
    public sealed class Answer : AskItem
    {
        internal Answer(AskRun run, int number, DateTimeOffset at) : base($"a-{run.Id}-{number}", at) => Run = run;

        public AskRun Run { get; }

        public IReadOnlyList<AskPart> Parts => List;

        internal List<AskPart> List { get; } = [];

        /// <summary>The last block of its run shows how the run stands.</summary>
        public bool IsLast { get; internal set; } = true;

        /// <summary>What answered: a model's name or "offline planner"; null until it has said something.</summary>
        public string? By => List.OfType<AskPart.Text>().Select(text => text.By).FirstOrDefault(by => by is not null);

        /// <summary>Something was changed at once, without asking.</summary>
        public bool ChangedAtOnce => List.OfType<AskPart.Call>().Any(call => call is { Applied: true, ApprovalId: null, Outcome.GrantId: null });

        /// <summary>Everything it said, for copying.</summary>
        public string AllText => string.Join("\n\n", List.OfType<AskPart.Text>().Select(text => text.Shown).Where(text => text.Length > 0));

        public override long? Seq => List.Select(part => part.Seq).FirstOrDefault(seq => seq is not null);
    }

    /// <summary>A word of the hub that belongs to no run.</summary>
    public sealed class Notice : AskItem
    {
        internal Notice(long seq, string text, bool fault, DateTimeOffset at) : base($"n-{seq}", at) => (Seq, Text, IsFault) = (seq, text, fault);

        public string Text { get; }

        public bool IsFault { get; }

        public override long? Seq { get; }
    }
}
