using System.Globalization;
using System.Net.Mime;
using ControlChat.App.Api;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Relay;
using Microsoft.AspNetCore.Http.Features;

namespace ControlChat.App.Sessions;

/// <summary>
/// <c>POST /agent-model/v1/responses</c>: the model as agents reach it. They are given the hub's address as their provider's and their
/// session's handle as its key; the hub's own key never comes near them. For agents of this machine only, and in no description of the API.
/// </summary>
internal static class AgentModelEndpoints
{
    // What somewhat too large bodies are read to, and dropped: a client that is refused while it still sends sees a broken connection instead of the answer.
    private const long ReadAtMost = 4L * AgentModelRequest.MostBytes;

    public static IServiceCollection AddAgentModel(this IServiceCollection services) => services
        .AddSingleton<AgentLanes>()
        .AddSingleton<AgentRefusals>()
        .AddSingleton<AgentGate>()
        .AddSingleton<AgentModelRelay>();

    public static void MapAgentModel(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/agent-model/v1/responses", AnswerAsync).AllowAnonymous().With(AgentRoute.Mark).ExcludeFromDescription();
        // Whatever else the provider's API has is not here for anybody, signed in or not.
        routes.Map("/agent-model/{**rest}", static () => Results.NotFound()).AllowAnonymous().With(AgentRoute.Mark).ExcludeFromDescription();
    }

    private static async Task AnswerAsync(HttpContext context, AgentGate gate, AgentModelRelay relay, AgentRefusals refusals)
    {
        try
        {
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = ReadAtMost;
            using var pass = await gate.EnterAsync(context.Request, context.RequestAborted);
            relay.CheckModel();
            var reading = relay.Read(pass, await BodyAsync(context.Request, context.RequestAborted));
            if (reading is AgentModelReading.Refused { Words: var words })
            {
                await refusals.RecordAsync(pass.Session, "invalid_request", "invalid", words);
                throw new AgentModelException(400, "invalid_request", words);
            }
            await relay.AnswerAsync(context, pass, (AgentModelReading.Passed)reading);
        }
        catch (AgentModelException e) when (!context.Response.HasStarted)
        {
            await WriteAsync(context, e);
        }
        catch (HubUnavailableException e) when (!context.Response.HasStarted)
        {
            await WriteAsync(context, new AgentModelException(503, "unavailable", e.Message) { RetryAfter = 1 });
        }
    }

    private static async Task<ReadOnlyMemory<byte>> BodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (!MediaTypeIsJson(request.ContentType)) throw new AgentModelException(415, "unsupported_media_type", "Send the body as application/json.");
        if (request.Headers.ContentEncoding.Count > 0) throw new AgentModelException(415, "unsupported_media_type", "Send the body as it is, without Content-Encoding.");
        using var body = new MemoryStream((int)Math.Clamp(request.ContentLength ?? 0, 0, AgentModelRequest.MostBytes));
        var piece = new byte[64 * 1024];
        var length = 0L;
        try
        {
            while (await request.Body.ReadAsync(piece, cancellationToken) is > 0 and var read)
            {
                length += read;
                if (length <= AgentModelRequest.MostBytes) body.Write(piece, 0, read);
            }
        }
        catch (BadHttpRequestException e) when (e.StatusCode == 413)
        {
            length = ReadAtMost;
        }
        return length <= AgentModelRequest.MostBytes ? body.GetBuffer().AsMemory(0, (int)body.Length)
            : throw new AgentModelException(413, "too_large", $"The body has more than {AgentModelRequest.MostBytes} bytes. Let the agent summarise its history.");
    }

    private static bool MediaTypeIsJson(string? contentType) =>
        contentType is not null && contentType.Split(';')[0].Trim().Equals(MediaTypeNames.Application.Json, StringComparison.OrdinalIgnoreCase);

    private static Task WriteAsync(HttpContext context, AgentModelException fault)
    {
        context.Response.StatusCode = fault.Status;
        if (fault.RetryAfter is { } seconds) context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        var type = fault.Status switch { 429 => fault.Code, >= 500 => "server_error", _ => "invalid_request_error" };
        return context.Response.WriteAsJsonAsync(new { error = new { message = fault.Message, type, code = fault.Code, param = (string?)null } }, Json.Wire, MediaTypeNames.Application.Json, context.RequestAborted);
    }
}
