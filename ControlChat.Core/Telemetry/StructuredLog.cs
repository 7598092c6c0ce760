using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Telemetry;

/// <summary>The provider behind every <see cref="ILogger"/>: one JSON line an entry.</summary>
[ProviderAlias("ControlChat")]
public sealed class StructuredLog(LogWriter writer, TimeProvider time) : ILoggerProvider, ISupportExternalScope
{
    private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    /// <summary>Takes no more lines. <see cref="LogWriter.DisposeAsync"/>, which the container calls, waits for the last.</summary>
    public void Dispose() => writer.Complete();

    private void Write<TState>(string category, LogLevel level, EventId id, TState state, Exception? exception, string message)
    {
        var names = new Names();
        _scopes.ForEachScope(static (scope, names) => names.Take(scope), names);
        names.Take(state);
        var activity = Activity.Current;
        writer.Write(new LogLine
        {
            Timestamp = time.GetUtcNow(),
            Level = level.ToString().ToLowerInvariant(),
            Message = message,
            Event = id.Name ?? (id.Id == 0 ? null : id.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            Category = category,
            RunId = names.RunId,
            ConversationId = names.ConversationId,
            Agent = names.Agent,
            Tool = names.Tool,
            TraceId = activity?.TraceId.ToString(),
            SpanId = activity?.SpanId.ToString(),
            Exception = exception?.ToString(),
        });
    }

    // Scopes are told from the outermost in, so the last one that names something wins.
    private sealed class Names
    {
        public string? RunId { get; private set; }

        public string? ConversationId { get; private set; }

        public string? Agent { get; private set; }

        public string? Tool { get; private set; }

        public void Take(object? scope)
        {
            if (scope is not IEnumerable<KeyValuePair<string, object?>> pairs) return;
            foreach (var (name, value) in pairs)
            {
                if (value?.ToString() is not { Length: > 0 } text) continue;
                switch (name)
                {
                    case "run_id" or "RunId": RunId = text; break;
                    case "conversation_id" or "ConversationId": ConversationId = text; break;
                    case "agent" or "Agent": Agent = text; break;
                    case "tool" or "Tool": Tool = text; break;
                }
            }
        }
    }

    private sealed class Category(StructuredLog log, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => log._scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) log.Write(name, logLevel, eventId, state, exception, formatter(state, exception));
        }
    }
}
