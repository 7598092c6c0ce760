using System.Globalization;
using System.Net.Mime;
using ControlChat.App.Api;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Relay;
using Microsoft.AspNetCore.Http.Features;

namespace ControlChat.App.Sessions;

/// <summary>
/// <c>POST /agent-model/v1/responses</c>: the model as agents reach it. They are given the hub's address as their provider's and their
/// session's handle as its key; the hub's own key never comes near them. For agents of this machine only, and in no description of the API.
/// </summary>
internal static class AgentModelEndpoints
{
    public static IServiceCollection AddAgentModel(this IServiceCollection services) => services
        .AddSingleton<AgentPace>()
        .AddSingleton<AgentLanes>()
        .AddSingleton<AgentBodies>()
        .AddSingleton<AgentGate>()
        .AddSingleton<AgentModelRelay>();

    public static void MapAgentModel(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/agent-model/v1/responses", AnswerAsync).AllowAnonymous().With(AgentRoute.Mark).ExcludeFromDescription();
        // Whatever else the provider's API has is not here for anybody, signed in or not.
        routes.Map("/agent-model/{**rest}", static () => Results.NotFound()).AllowAnonymous().With(AgentRoute.Mark).ExcludeFromDescription();
    }

    private static async Task AnswerAsync(HttpContext context, AgentGate gate, AgentBodies bodies, AgentModelRelay relay, AgentRefusals refusals)
    {
        try
        {
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = AgentBodies.ReadAtMost;
            using var pass = await gate.EnterAsync(context.Request, context.RequestAborted);
            relay.CheckModel();
            var reading = await bodies.ReadAsync(context.Request, pass.Lane, body => relay.Read(pass, body), context.RequestAborted);
            if (reading is AgentModelReading.Refused { Words: var words })
            {
                await refusals.RecordAsync(AgentRefusals.Model, pass.Session, "invalid_request", "invalid", words);
                throw new AgentModelException(400, "invalid_request", words);
            }
            await AskAsync(context, pass, (AgentModelReading.Passed)reading, relay, refusals);
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

    private static async Task AskAsync(HttpContext context, AgentPass pass, AgentModelReading.Passed asked, AgentModelRelay relay, AgentRefusals refusals)
    {
        try
        {
            await relay.AnswerAsync(context, pass, asked);
        }
        catch (AgentModelException e) when (e.IsProvidersRefusal)
        {
            // They are free, so who collects them is seen here and nowhere else.
            await refusals.RecordAsync(AgentRefusals.Model, pass.Session, "model_refused", e.Status == 429 ? "rate_limited" : "invalid", $"{e.Message} ({e.Status}, {e.Code})");
            throw;
        }
    }

    private static Task WriteAsync(HttpContext context, AgentModelException fault)
    {
        if (context.RequestAborted.IsCancellationRequested) return Task.CompletedTask;
        context.Response.StatusCode = fault.Status;
        if (fault.RetryAfter is { } seconds) context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        var type = fault.Status switch { 429 => fault.Code, >= 500 => "server_error", _ => "invalid_request_error" };
        return context.Response.WriteAsJsonAsync(new { error = new { message = fault.Message, type, code = fault.Code, param = (string?)null } }, Json.Wire, MediaTypeNames.Application.Json, context.RequestAborted);
    }
}
