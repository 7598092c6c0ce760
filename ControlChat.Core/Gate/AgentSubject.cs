using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <summary>
/// What a person must see to decide for an agent: the <c>subject</c> of its approval. Every text in it is the agent's, untrusted, and
/// shown in full. One decision is for one act: there is no answer that covers later ones.
/// </summary>
public abstract record AgentSubject
{
    private AgentSubject()
    {
    }

    /// <summary>One of <see cref="ApprovalKinds"/>.</summary>
    [JsonIgnore]
    public abstract string Kind { get; }

    /// <summary>What it asks, in our words, after "The agent": "asks to run a command outside its sandbox".</summary>
    [JsonIgnore]
    public abstract string Asks { get; }

    /// <summary>The session runs without the hub's own namespace, so nothing of ours bounds what is accepted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Uncontained { get; init; }

    /// <summary>To run a command outside the agent's own sandbox.</summary>
    /// <param name="Text">As one text; empty when only <paramref name="More"/> is asked for.</param>
    /// <param name="Directory">Where it would run.</param>
    /// <param name="Reason">As the agent says; null when it does not.</param>
    /// <param name="More">What it may reach beyond its profile, word for word; empty when the agent does not say.</param>
    public sealed record Command(
        [property: JsonPropertyName("command")] string Text, [property: JsonPropertyName("cwd")] string? Directory, string? Reason, IReadOnlyList<string> More) : AgentSubject
    {
        public override string Kind => ApprovalKinds.AgentCommand;

        public override string Asks => Text.Length == 0 ? "asks to reach more than its sandbox allows" : "asks to run a command outside its sandbox";
    }

    /// <summary>To write files.</summary>
    /// <param name="Files">At least one.</param>
    /// <param name="Root">A folder in which it asks to write until it ends, beyond these files; null for none.</param>
    public sealed record FileChange(IReadOnlyList<AskedFile> Files, string? Reason, string? Root) : AgentSubject
    {
        public override string Kind => ApprovalKinds.AgentFileChange;

        public override string Asks => Files.Count == 1 ? "asks to change a file" : $"asks to change {Files.Count} files";
    }

    /// <summary>To call a tool of a tool server.</summary>
    /// <param name="Description">What the server says of its tool.</param>
    /// <param name="Arguments">All of them.</param>
    public sealed record Tool(string Server, [property: JsonPropertyName("tool")] string Name, JsonObject Arguments, string? Reason, string? Description) : AgentSubject
    {
        public override string Kind => ApprovalKinds.AgentTool;

        public override string Asks => "asks to call a tool";
    }

    /// <summary>A tool server, or the agent itself, wants to know something.</summary>
    /// <param name="Server">Who asks; null: the agent.</param>
    /// <param name="Schema">JSON schema of what is to be filled in; null when there is nothing.</param>
    /// <param name="Address">Where the server wants the person to go. Shown as text, never as a link.</param>
    public sealed record Question([property: JsonPropertyName("question")] string Text, string? Server, JsonObject? Schema, string? Address) : AgentSubject
    {
        public override string Kind => ApprovalKinds.AgentQuestion;

        public override string Asks => Server is null ? "asks a question" : "passes on a question of a tool server";
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote; null for a plan's kind.</summary>
    public static AgentSubject? Of(string kind, JsonObject? subject) => subject is null ? null : kind switch
    {
        ApprovalKinds.AgentCommand => subject.Deserialize<Command>(Json.Wire),
        ApprovalKinds.AgentFileChange => subject.Deserialize<FileChange>(Json.Wire),
        ApprovalKinds.AgentTool => subject.Deserialize<Tool>(Json.Wire),
        ApprovalKinds.AgentQuestion => subject.Deserialize<Question>(Json.Wire),
        _ => null,
    };

    public string ToJson() => JsonSerializer.Serialize(this, GetType(), Json.Wire);
}

/// <param name="Kind"><c>add</c>, <c>delete</c>, <c>update</c>, or another word of the agent's.</param>
/// <param name="MovedTo">The new path of a file that is moved.</param>
/// <param name="Diff">A unified diff; of an added or deleted file its content. Empty when the agent does not tell.</param>
public sealed record AskedFile(string Path, string Kind, string? MovedTo, string Diff);
