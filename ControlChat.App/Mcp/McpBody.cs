using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ControlChat.App.Api;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace ControlChat.App.Mcp;

/// <summary>Reads one JSON-RPC message. What was checked is what is meant: no name twice, no text that is none, bounded in size and depth.</summary>
internal static class McpBody
{
    private static readonly JsonTypeInfo<JsonRpcMessage> Wire = (JsonTypeInfo<JsonRpcMessage>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonRpcMessage));
    private static readonly JsonTypeInfo<InitializeRequestParams> Beginning = (JsonTypeInfo<InitializeRequestParams>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(InitializeRequestParams));
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 40 };

    /// <exception cref="McpException">It is no message.</exception>
    /// <exception cref="ApiException">413, 415.</exception>
    public static async Task<JsonRpcMessage> ReadAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if (!context.Request.HasJsonContentType()) throw new ApiException(415, "unsupported_media_type", Problems.DetailOf(415));
        return Parse(await StrictJson.BytesAsync(context.Request, cancellationToken));
    }

    public static JsonRpcMessage Parse(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8, Strict);
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw new McpException("A JSON-RPC message is one object; batches are not taken.");
            StrictJson.CheckText(document.RootElement);
            var message = document.RootElement.Deserialize(Wire) ?? throw new McpException("This is no JSON-RPC message.");
            // The transport reads these before the server does, and has no answer for what does not fit.
            if (message is JsonRpcRequest { Method: "initialize" } begins && begins.Params.Deserialize(Beginning) is null) throw new McpException("'initialize' lacks its parameters.");
            return message;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException or FormatException or NotSupportedException or KeyNotFoundException)
        {
            throw new McpException("This is no JSON-RPC message.", e);
        }
    }
}
