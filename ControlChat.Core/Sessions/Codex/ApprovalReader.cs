using System.Text.Json;
using System.Text.Json.Nodes;

namespace ControlChat.Core.Sessions.Codex;

/// <summary>Reads what the server asks for. What is not understood is refused.</summary>
internal static class ApprovalReader
{
    public const string Command = "item/commandExecution/requestApproval";
    public const string FileChange = "item/fileChange/requestApproval";
    public const string Elicitation = "mcpServer/elicitation/request";
    public const string UserInput = "item/tool/requestUserInput";
    public const string Permissions = "item/permissions/requestApproval";

    /// <param name="files">The changes of an item that was begun: the request itself does not hold them.</param>
    /// <exception cref="JsonException">A known request with unknown contents.</exception>
    public static Asked Read(RpcMessage.Request request, Func<string, IReadOnlyList<ChangedFile>?> files) => request.Method switch
    {
        Command => new Asked.Person(CommandOf(request.Id.Json, Parameters<CommandApprovalParams>(request))),
        FileChange => new Asked.Person(FileChangeOf(request.Id.Json, Parameters<FileApprovalParams>(request), files)),
        Elicitation => ElicitationOf(request.Id.Json, Parameters<ElicitationParams>(request)),
        UserInput => new Asked.Person(QuestionOf(request.Id.Json, Parameters<UserInputParams>(request))),
        // The profile is the boundary, and a person who would widen it cannot see how far.
        Permissions => new Asked.Settled(new PermissionsResult(new Dictionary<string, object>()), "The agent asked for more rights than its profile gives; it got none."),
        _ => new Asked.Refused(RpcException.MethodNotFound, "This request is not answered here."),
    };

    /// <summary>The answer as the server wants it.</summary>
    public static object Result(AgentApproval approval, string method, AgentAnswer answer, JsonElement? content)
    {
        var word = answer switch { AgentAnswer.Accept => "accept", AgentAnswer.Decline => "decline", _ => "cancel" };
        return approval switch
        {
            AgentApproval.Question when method == UserInput => new UserInputResult(answer == AgentAnswer.Accept ? Answers(content) : new Dictionary<string, UserInputAnswer>()),
            AgentApproval.Question or AgentApproval.Tool => new ElicitationResult(word, answer == AgentAnswer.Accept ? content ?? JsonElement.Parse("{}") : null),
            _ => new DecisionResult(word),
        };
    }

    private static AgentApproval.Command CommandOf(string id, CommandApprovalParams asked) => new(
        id, asked.TurnId, asked.ItemId, asked.Reason, asked.Command ?? "", asked.Cwd,
        [.. new[] { asked.AdditionalPermissions, asked.NetworkApprovalContext }.Where(IsThere).Select(more => more!.Value.GetRawText())]);

    private static AgentApproval.FileChange FileChangeOf(string id, FileApprovalParams asked, Func<string, IReadOnlyList<ChangedFile>?> files) =>
        new(id, asked.TurnId, asked.ItemId, asked.Reason, asked.ItemId is { } item ? files(item) : null, asked.GrantRoot);

    private static Asked ElicitationOf(string id, ElicitationParams asked)
    {
        var server = asked.ServerName ?? "";
        if (ToolOf(asked.Meta) is { } tool)
        {
            return new Asked.Person(new AgentApproval.Tool(id, asked.TurnId, asked.Message, server, Text(tool, "tool_name") ?? "", Text(tool, "tool_description"),
                tool.TryGetProperty("tool_params", out var arguments) ? arguments : JsonElement.Parse("{}"), tool.TryGetProperty("tool_annotations", out var notes) ? notes : null));
        }
        return asked.Mode switch
        {
            "form" or "openai/form" or "openaiForm" => new Asked.Person(new AgentApproval.Question(id, asked.TurnId, null, server, asked.Message ?? "", asked.RequestedSchema, null)),
            "url" => new Asked.Person(new AgentApproval.Question(id, asked.TurnId, null, server, asked.Message ?? "", null, asked.Url)),
            _ => new Asked.Settled(new ElicitationResult("decline", null), $"'{server}' asked in a way that cannot be shown ({asked.Mode}); it was declined."),
        };
    }

    private static AgentApproval.Question QuestionOf(string id, UserInputParams asked)
    {
        var questions = (asked.Questions ?? []).OfType<UserInputQuestion>().ToList();
        var properties = new JsonObject();
        foreach (var question in questions)
        {
            var field = new JsonObject { ["type"] = "string", ["title"] = question.Header, ["description"] = question.Question };
            if (question.Options is { Count: > 0 } options) field["examples"] = new JsonArray([.. options.OfType<UserInputOption>().Select(o => JsonValue.Create(o.Label))]);
            if (question.IsSecret) field["writeOnly"] = true;
            properties[question.Id ?? ""] = field;
        }
        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties };
        return new AgentApproval.Question(id, asked.TurnId, asked.ItemId, null, string.Join('\n', questions.Select(q => q.Question)), JsonSerializer.SerializeToElement(schema), null);
    }

    // {"question id": "text"} or {"question id": ["text", …]}
    private static Dictionary<string, UserInputAnswer> Answers(JsonElement? content)
    {
        var answers = new Dictionary<string, UserInputAnswer>();
        if (content is not { ValueKind: JsonValueKind.Object } given) return answers;
        foreach (var field in given.EnumerateObject())
        {
            IEnumerable<JsonElement> texts = field.Value.ValueKind == JsonValueKind.Array ? field.Value.EnumerateArray() : [field.Value];
            answers[field.Name] = new UserInputAnswer([.. texts.Select(t => t.ValueKind == JsonValueKind.String ? t.GetString()! : t.GetRawText())]);
        }
        return answers;
    }

    private static JsonElement? ToolOf(JsonElement? meta) =>
        meta is { ValueKind: JsonValueKind.Object } given && Text(given, "codex_approval_kind") == "mcp_tool_call" ? given : null;

    private static string? Text(JsonElement from, string name) => from.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    private static bool IsThere(JsonElement? value) => value is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) };

    private static T Parameters<T>(RpcMessage.Request request) where T : class =>
        request.Parameters.ValueKind == JsonValueKind.Object ? request.Parameters.Deserialize<T>(RpcPeer.Wire)! : throw new JsonException("no parameters");
}
