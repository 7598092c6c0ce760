using System.Text.Json;

namespace ControlChat.Core.Sessions.Codex;

/// <summary>What the server says of its own accord. It writes JSON-RPC 2.0 without <c>"jsonrpc"</c>.</summary>
internal abstract record RpcMessage(JsonElement Raw)
{
    /// <summary><c>{"method":"item/commandExecution/requestApproval","id":0,"params":{…}}</c>: it waits for an answer.</summary>
    public sealed record Request(RpcId Id, string Method, JsonElement Parameters, JsonElement Raw) : RpcMessage(Raw);

    /// <summary><c>{"method":"turn/started","params":{…}}</c></summary>
    public sealed record Notification(string Method, JsonElement Parameters, JsonElement Raw) : RpcMessage(Raw);

    /// <summary>None of these, or an answer to nothing that was asked.</summary>
    public sealed record Odd(JsonElement Raw) : RpcMessage(Raw);
}

/// <summary>The id of a request of the server: a number or a text, and another number space than ours.</summary>
/// <param name="Json">As it came, so that <c>1</c> and <c>"1"</c> are two.</param>
internal readonly record struct RpcId(string Json)
{
    // An id is kept and said back. Codex counts, or writes a UUID.
    private const int MostCharacters = 256;

    public static bool IsTooLong(JsonElement message) => message.TryGetProperty("id", out var id) && id.GetRawText().Length > MostCharacters;

    public static RpcId? Of(JsonElement message) =>
        message.TryGetProperty("id", out var id) && id.ValueKind is JsonValueKind.Number or JsonValueKind.String ? new RpcId(id.GetRawText()) : null;

    public override string ToString() => Json;
}

/// <summary>The server answered with an error: <c>{"error":{"code":-32600,"message":"no active turn to steer"},"id":7}</c></summary>
internal sealed class RpcException(int code, string message) : AgentException(message)
{
    public const int MethodNotFound = -32601;
    public const int Refused = -32000;

    public int Code { get; } = code;
}
