using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ControlChat.App.Api;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;

namespace ControlChat.App.Approvals;

/// <summary>Approvals over REST: contracts, section 4. A token sees and never decides.</summary>
internal static partial class ApprovalEndpoints
{
    private const int MostItems = 200;
    private const int ReasonMost = 1000;
    private static readonly string[] Statuses = ["pending", "consumed", "declined", "expired", "superseded", "cancelled"];

    public static void MapApprovals(this IEndpointRouteBuilder routes)
    {
        var approvals = routes.MapGroup("/api/v1/approvals").WithTags("Approvals");
        approvals.MapGet("", ListAsync).WithSummary("Approvals, newest first").Produces<Page<Approval>>();
        approvals.MapGet("/{id}", OpenAsync).WithSummary("One approval; with a confirm token for a signed-in person who may decide it").Produces<Approval>().ProducesProblem(404);
        approvals.MapPost("/{id}/approve", ApproveAsync).CheckScopeInside().WithSummary("Approves and applies; answers an agent").Produces<Outcome>().ProducesProblem(403).ProducesProblem(409).ProducesProblem(410);
        approvals.MapPost("/{id}/decline", DeclineAsync).CheckScopeInside().WithSummary("Declines; nothing is changed").Produces<Approval>().ProducesProblem(409);
        approvals.MapPost("/{id}/replan", ReplanAsync).WithSummary("A fresh approval for the same arguments, after an expiry").Produces<Approval>(201).ProducesProblem(409);
    }

    private static async Task<IResult> ListAsync(HttpContext context, IApprovals approvals, CancellationToken cancellationToken, string? status = null, bool? mine = null, bool? decidable = null, string? cursor = null, int limit = 50)
    {
        if (status is not null && !Statuses.Contains(status)) throw ApiException.Invalid($"'status' must be one of {string.Join(", ", Statuses)}.");
        if (limit is < 1 or > MostItems) throw ApiException.Invalid($"'limit' must be 1 to {MostItems}.");
        if (cursor is not null && !Cursor().IsMatch(cursor)) throw ApiException.Invalid("'cursor' must be the 'next_cursor' of an earlier page.");
        return Results.Json(await approvals.ListAsync(context.RequirePrincipal(), new ApprovalFilter(status, mine, cursor, limit) { Decidable = decidable == true }, cancellationToken), Json.Wire);
    }

    private static async Task<IResult> OpenAsync(string id, HttpContext context, IApprovals approvals, CancellationToken cancellationToken)
    {
        var open = await approvals.OpenAsync(context.RequirePrincipal(), id, cancellationToken) ?? throw ApiException.NotFound("There is no such approval.");
        context.Response.Headers.CacheControl = "no-store";
        var body = JsonSerializer.SerializeToNode(open.Approval, Json.Wire)!.AsObject();
        if (open.ConfirmToken is { } token) body["confirm_token"] = token;
        return Results.Json(body, Json.Wire);
    }

    private static async Task<IResult> ApproveAsync(string id, JsonBody<ApproveBody>? body, HttpContext context, IApprovals approvals, CancellationToken cancellationToken)
    {
        var request = body?.Value ?? new ApproveBody();
        CheckAnswer(request.Answer);
        var given = new ApproveRequest(request.ConfirmToken, request.Veto, request.Typed) { Answer = request.Answer, Content = request.Content };
        return Answer(await approvals.ApproveAsync(context.RequirePrincipal(), id, given, cancellationToken));
    }

    private static async Task<IResult> DeclineAsync(string id, JsonBody<DeclineBody>? body, HttpContext context, IApprovals approvals, CancellationToken cancellationToken)
    {
        if (body?.Value.Reason is { } reason && reason.EnumerateRunes().Count() > ReasonMost) throw new ApiException(422, "too_long", $"'reason' has more than {ReasonMost} characters.");
        CheckAnswer(body?.Value.Answer);
        var principal = context.RequirePrincipal();
        return Answer(body?.Value switch
        {
            { Answer: "accept" } accept => await approvals.ApproveAsync(principal, id, new ApproveRequest(accept.ConfirmToken) { Answer = accept.Answer, Content = accept.Content }, cancellationToken),
            { Answer: "cancel" } => await approvals.CancelTurnAsync(principal, id, cancellationToken),
            var decline => await approvals.DeclineAsync(principal, id, decline?.Reason, cancellationToken),
        });
    }

    private static void CheckAnswer(string? answer)
    {
        if (answer is not (null or "accept" or "decline" or "cancel")) throw ApiException.Invalid("'answer' must be one of accept, decline, cancel.");
    }

    private static async Task<IResult> ReplanAsync(string id, HttpContext context, IApprovals approvals, CancellationToken cancellationToken) =>
        Answer(await approvals.ReplanAsync(context.RequirePrincipal(), id, context.RestOrigin(), cancellationToken));

    private static IResult Answer(ApprovalDecision decision) => decision switch
    {
        ApprovalDecision.Done done => done.Outcome.ToResult(),
        ApprovalDecision.Declined declined => Results.Json(declined.Approval, Json.Wire),
        ApprovalDecision.Fresh fresh => Results.Json(fresh.Approval, Json.Wire, statusCode: 201),
        ApprovalDecision.Stale stale => stale.Outcome.ToResult(),
        ApprovalDecision.Refused refused => Refusal(refused),
        _ => throw new InvalidOperationException(),
    };

    private static IResult Refusal(ApprovalDecision.Refused refused)
    {
        if (refused is { Outcome: { } outcome, Code: not "already_decided" }) return outcome.ToResult();
        if (refused.RetryAfter is { } seconds) throw new ApiException(refused.Http, refused.Code, refused.Message) { RetryAfter = seconds };
        return Problems.Result(refused.Http, refused.Code, refused.Message, new JsonObject { ["outcome"] = JsonSerializer.SerializeToNode(refused.Outcome, Json.Wire) });
    }

    [GeneratedRegex(@"\A[a-z]{2,4}_[0-9a-f]{32}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Cursor();

    // answer and content belong to an agent's approvals; without an answer /decline declines.
    private sealed record ApproveBody(string? ConfirmToken = null, IReadOnlyList<int>? Veto = null, string? Typed = null, string? Answer = null, JsonObject? Content = null);

    private sealed record DeclineBody(string? Reason = null, string? ConfirmToken = null, string? Answer = null, JsonObject? Content = null);
}
