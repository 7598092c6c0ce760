using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Codex;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Codex;

/// <summary>What we send and read, against the JSON schema that the pinned Codex prints of itself (<c>app-server generate-json-schema
/// --experimental</c>; descriptions and what nothing refers to are left out).</summary>
public sealed class SchemaTests
{
    private static readonly WireSchema _schema = new(Recording.PathOf("schema.json"));

    private static readonly Dictionary<string, string> _requests = new()
    {
        ["initialize"] = "InitializeParams",
        ["thread/start"] = "ThreadStartParams",
        ["thread/resume"] = "ThreadResumeParams",
        ["turn/start"] = "TurnStartParams",
        ["turn/steer"] = "TurnSteerParams",
        ["turn/interrupt"] = "TurnInterruptParams",
        ["thread/backgroundTerminals/clean"] = "ThreadBackgroundTerminalsCleanParams",
    };

    private static readonly Dictionary<string, string> _notifications = new()
    {
        ["turn/started"] = "TurnStartedNotification",
        ["turn/completed"] = "TurnCompletedNotification",
        ["item/started"] = "ItemStartedNotification",
        ["item/completed"] = "ItemCompletedNotification",
        ["item/agentMessage/delta"] = "AgentMessageDeltaNotification",
        ["item/commandExecution/outputDelta"] = "CommandExecutionOutputDeltaNotification",
        ["item/reasoning/summaryTextDelta"] = "ReasoningSummaryTextDeltaNotification",
        ["item/reasoning/textDelta"] = "ReasoningTextDeltaNotification",
        ["item/fileChange/patchUpdated"] = "FileChangePatchUpdatedNotification",
        ["turn/plan/updated"] = "TurnPlanUpdatedNotification",
        ["thread/tokenUsage/updated"] = "ThreadTokenUsageUpdatedNotification",
        ["error"] = "ErrorNotification",
        ["warning"] = "WarningNotification",
        ["guardianWarning"] = "GuardianWarningNotification",
        ["deprecationNotice"] = "DeprecationNoticeNotification",
        ["mcpServer/startupStatus/updated"] = "McpServerStatusUpdatedNotification",
        ["serverRequest/resolved"] = "ServerRequestResolvedNotification",
    };

    private static readonly Dictionary<string, (string Asked, string Answered)> _asked = new()
    {
        [ApprovalReader.Command] = ("CommandExecutionRequestApprovalParams", "CommandExecutionRequestApprovalResponse"),
        [ApprovalReader.FileChange] = ("FileChangeRequestApprovalParams", "FileChangeRequestApprovalResponse"),
        [ApprovalReader.Elicitation] = ("McpServerElicitationRequestParams", "McpServerElicitationRequestResponse"),
        [ApprovalReader.UserInput] = ("ToolRequestUserInputParams", "ToolRequestUserInputResponse"),
        [ApprovalReader.Permissions] = ("PermissionsRequestApprovalParams", "PermissionsRequestApprovalResponse"),
    };

    public static TheoryData<Type, string> Records() => new()
    {
        { typeof(InitializeParams), "InitializeParams" }, { typeof(ThreadStartParams), "ThreadStartParams" }, { typeof(ThreadResumeParams), "ThreadResumeParams" },
        { typeof(TurnStartParams), "TurnStartParams" }, { typeof(TurnSteerParams), "TurnSteerParams" }, { typeof(TurnInterruptParams), "TurnInterruptParams" },
        { typeof(TextInput), "UserInput" }, { typeof(ThreadResult), "ThreadStartResponse" }, { typeof(ThreadResult), "ThreadResumeResponse" }, { typeof(ThreadInfo), "Thread" },
        { typeof(TurnStartResult), "TurnStartResponse" }, { typeof(TurnSteerResult), "TurnSteerResponse" }, { typeof(TurnNotice), "TurnCompletedNotification" },
        { typeof(TurnInfo), "Turn" }, { typeof(TurnFault), "TurnError" }, { typeof(ErrorNotice), "ErrorNotification" }, { typeof(ItemNotice), "ItemStartedNotification" },
        { typeof(DeltaNotice), "AgentMessageDeltaNotification" }, { typeof(DeltaNotice), "CommandExecutionOutputDeltaNotification" },
        { typeof(DeltaNotice), "ReasoningTextDeltaNotification" }, { typeof(DeltaNotice), "ReasoningSummaryTextDeltaNotification" },
        { typeof(PatchNotice), "FileChangePatchUpdatedNotification" }, { typeof(FileUpdate), "FileUpdateChange" }, { typeof(ChangeKind), "PatchChangeKind" },
        { typeof(PlanNotice), "TurnPlanUpdatedNotification" }, { typeof(PlanEntry), "TurnPlanStep" }, { typeof(UsageNotice), "ThreadTokenUsageUpdatedNotification" },
        { typeof(ThreadUsage), "ThreadTokenUsage" }, { typeof(UsageCount), "TokenUsageBreakdown" }, { typeof(MessageNotice), "WarningNotification" },
        { typeof(MessageNotice), "GuardianWarningNotification" }, { typeof(SummaryNotice), "DeprecationNoticeNotification" },
        { typeof(ToolServerNotice), "McpServerStatusUpdatedNotification" }, { typeof(ResolvedNotice), "ServerRequestResolvedNotification" },
        { typeof(CodexItem), "ThreadItem" }, { typeof(ItemFault), "McpToolCallError" }, { typeof(CommandApprovalParams), "CommandExecutionRequestApprovalParams" },
        { typeof(FileApprovalParams), "FileChangeRequestApprovalParams" }, { typeof(ElicitationParams), "McpServerElicitationRequestParams" },
        { typeof(UserInputParams), "ToolRequestUserInputParams" }, { typeof(UserInputQuestion), "ToolRequestUserInputQuestion" },
        { typeof(UserInputOption), "ToolRequestUserInputOption" }, { typeof(DecisionResult), "CommandExecutionRequestApprovalResponse" },
        { typeof(ElicitationResult), "McpServerElicitationRequestResponse" }, { typeof(UserInputResult), "ToolRequestUserInputResponse" },
        { typeof(UserInputAnswer), "ToolRequestUserInputAnswer" }, { typeof(PermissionsResult), "PermissionsRequestApprovalResponse" },
    };

    [Theory]
    [MemberData(nameof(Records))]
    public void Every_field_we_read_or_write_exists(Type record, string definition)
    {
        var known = _schema.FieldsOf(definition);
        var ours = record.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(p => p.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(p.Name));
        Assert.Empty(ours.Except(known));
    }

    [Fact]
    public void Every_notification_we_read_is_held_against_its_schema()
    {
        Assert.Empty(new ThreadProjection().Methods.Except(_notifications.Keys));
    }

    [Fact]
    public void What_was_recorded_is_as_the_schema_says()
    {
        var seen = new HashSet<string>();
        foreach (var line in Recording.AppServer.SelectMany(Recording.Of).Where(l => !l.IsOurs && l.Method is not null))
        {
            var definition = _notifications.GetValueOrDefault(line.Method!) ?? _asked.GetValueOrDefault(line.Method!).Asked;
            if (definition is null) continue;
            seen.Add(line.Method!);
            AssertFits(definition, line.Message["params"]);
        }
        Assert.True(seen.Count >= 12, string.Join(' ', seen));
    }

    [Fact]
    public async Task What_we_send_is_as_the_schema_says()
    {
        List<(JsonObject Written, IReadOnlyList<RecordedLine> Lines)> all = [];
        foreach (var name in Recording.AppServer)
        {
            await using var agent = new FakeAgent();
            var lines = Recording.Of(name, Recording.Threads(name)[0]);
            await new Replay(agent).RunAsync(lines);
            all.AddRange(agent.Written.Select(w => (w, lines)));
        }
        var seen = new HashSet<string>();
        foreach (var (written, lines) in all)
        {
            if (written["method"]?.GetValue<string>() is { } method)
            {
                if (_requests.TryGetValue(method, out var definition))
                {
                    seen.Add(method);
                    AssertFits(definition, written["params"]);
                }
                else Assert.Equal("initialized", method);
            }
            else if (written["result"] is { } result)
            {
                var asked = lines.First(l => !l.IsOurs && l.Method is not null && l.Id == written["id"]!.ToJsonString()).Method!;
                AssertFits(_asked[asked].Answered, result);
            }
        }
        Assert.Empty(_requests.Keys.Except(seen).Except(["thread/resume"]));
    }

    [Fact]
    public void What_was_not_recorded_is_as_the_schema_says_too()
    {
        var order = new AgentOrder("/ws", "hub", "x", [new AgentToolServer("hub", new Uri("http://127.0.0.1/"), "Bearer x", Asks: true)], "t1");
        AssertFits("ThreadResumeParams", Node(AppServerStart.Of(order).Parameters));
        AssertFits("ThreadStartParams", Node(AppServerStart.Of(order with { ThreadId = null }).Parameters));
        AssertFits("PermissionsRequestApprovalResponse", Node(new PermissionsResult(new Dictionary<string, object>())));
        var question = new AgentApproval.Question("1", null, null, null, "?", null, null);
        foreach (var answer in Enum.GetValues<AgentAnswer>())
        {
            AssertFits("ToolRequestUserInputResponse", Node(ApprovalReader.Result(question, ApprovalReader.UserInput, answer, JsonElement.Parse("""{"a":"b","c":["d"]}"""))));
            AssertFits("McpServerElicitationRequestResponse", Node(ApprovalReader.Result(question, ApprovalReader.Elicitation, answer, null)));
        }
    }

    [Theory]
    [InlineData("TurnStartParams", """{"input":[]}""")]
    [InlineData("TurnStartParams", """{"threadId":"t","input":[{"type":"telepathy"}]}""")]
    [InlineData("CommandExecutionRequestApprovalResponse", """{"decision":"maybe"}""")]
    [InlineData("ThreadItem", """{"type":"commandExecution","id":7}""")]
    [InlineData("RequestPermissionProfile", """{"root":true}""")]
    public void The_schema_refuses_what_it_should(string definition, string message)
    {
        Assert.NotNull(_schema.Fault(definition, JsonNode.Parse(message)));
    }

    private static JsonNode? Node(object message) => JsonSerializer.SerializeToNode(message, message.GetType(), RpcPeer.Wire);

    private static void AssertFits(string definition, JsonNode? message)
    {
        var fault = _schema.Fault(definition, message);
        Assert.True(fault is null, $"{definition}: {fault}\n{message?.ToJsonString()}");
    }
}
