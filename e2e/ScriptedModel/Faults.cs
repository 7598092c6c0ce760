namespace ControlChat.ScriptedModel;

/// <summary>Ways to misbehave, by the name in <c>FAULT:name</c>.</summary>
public static class Faults
{
    /// <summary>All names, for tests that go through every one.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["400", "401", "404", "429", "500", "503", "stall", "cut", "end-early", "garbage", "failure", "malformed-arguments", "invented-tool", "loop", "confirm-fields", "empty", "out-of-tokens"];

    internal static Reply? Find(ModelRequest request, string name) => name switch
    {
        "400" => Reply.Error(400, "invalid_request", "A field is wrong."),
        "401" => Reply.Error(401, "invalid_api_key", "Incorrect API key provided."),
        "404" => Reply.Error(404, "model_not_found", "The model does not exist."),
        "429" => Reply.Error(429, "rate_limit_exceeded", "Too many requests.", retryAfter: "1"),
        "500" => Reply.Error(500, "server_error", "The server broke."),
        "503" => Reply.Error(503, "overloaded", "The server is overloaded."),
        "stall" => Reply.Of(new Step.Text("Half an "), new Step.Stall()),
        "cut" => Reply.Of(new Step.Text("Half an "), new Step.Cut()),
        "end-early" => Reply.Of(new Step.Text("Half an "), new Step.EndEarly()),
        "garbage" => Reply.Of(new Step.Text("Half an "), new Step.Raw("{\"type\":")),
        "failure" => Reply.Of(new Step.Text("Half an "), new Step.Failure("server_error", "The model broke in the middle.")),
        "loop" => Reply.Call(request.Tools.Contains("workspace_list") ? "workspace_list" : request.Tools.Append("lookup").First(), new { limit = 1 + (request.Results.Count % 50) }),
        "empty" => Reply.Of(),
        "out-of-tokens" => Reply.Of(new Step.Text("Half an answer"), new Step.OutOfTokens()),
        _ when request.Results.Count > 0 => Reply.Text("The tool answered: " + Sentences.Summary(request.Results)),
        "malformed-arguments" => Reply.Calls(new ScriptedCall("workspace_list", "{\"text\": \"a")),
        "invented-tool" => Reply.Call("workspace_explode", new { workspace_id = "ws_1" }),
        "confirm-fields" => Reply.Call("workspace_create", new { title = "confirmed", confirm = true, confirm_token = "yes", approved = true, scope = "read" }),
        _ => null,
    };
}
