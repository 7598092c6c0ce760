using System.Text;
using System.Text.Json.Nodes;
using ControlChat.Core.Sessions.Relay;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Relay;

/// <summary>What of an agent's request leaves the hub under the hub's key.</summary>
public sealed class AgentModelRequestTests
{
    [Fact]
    public void What_Codex_sends_goes_through_and_what_is_nobodys_business_stays_here()
    {
        var body = JsonNode.Parse("""
            {"model":"gpt-dear","stream":true,"input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"Hi"}]}],"instructions":"Be brief.",
             "tools":[{"type":"function","name":"exec_command","parameters":{"properties":{"image_url":{"type":"string"},"tools":{"type":"array"}}}},
             {"type":"namespace","name":"ns","tools":[{"type":"function","name":"a"}]},{"type":"custom","name":"apply_patch"},{"type":"web_search","external_web_access":false}],
             "tool_choice":"auto","parallel_tool_calls":true,"reasoning":{"summary":"auto"},"store":true,"include":["reasoning.encrypted_content","file_search_call.results"],"prompt_cache_key":"01a2",
             "client_metadata":{"session_id":"x"},"service_tier":"priority","metadata":{"a":"b"},"user":"u","safety_identifier":"s","webhook_url":"https://evil.example","max_tool_calls":3,"previous_response_id":null,"background":false}
            """)!.AsObject();
        var passed = Passed(body.ToJsonString());
        Assert.Equal(["model", "stream", "store", "input", "instructions", "tool_choice", "parallel_tool_calls", "reasoning", "tools", "include", "prompt_cache_key", "max_output_tokens"], passed.Select(p => p.Key));
        Assert.Equal("gpt-own", passed["model"]!.GetValue<string>());
        Assert.False(passed["store"]!.GetValue<bool>());
        Assert.Equal("ags_1", passed["prompt_cache_key"]!.GetValue<string>());
        Assert.Equal("""["reasoning.encrypted_content"]""", passed["include"]!.ToJsonString());
        Assert.True(JsonNode.DeepEquals(body["input"], passed["input"]));
        Assert.Equal(["function", "namespace", "custom"], passed["tools"]!.AsArray().Select(t => t!["type"]!.GetValue<string>()));
        Assert.True(JsonNode.DeepEquals(body["tools"]![0], passed["tools"]![0]));
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("false", false)]
    public void The_answer_comes_as_it_was_asked_for(string stream, bool streamed)
    {
        var passed = Assert.IsType<AgentModelReading.Passed>(Read($$"""{"input":"Hi","stream":{{stream}}}"""));
        Assert.Equal(streamed, passed.Stream);
        Assert.Equal(streamed, JsonNode.Parse(passed.Body)!["stream"]!.GetValue<bool>());
    }

    [Theory]
    [InlineData("web_search")]
    [InlineData("web_search_preview")]
    [InlineData("image_generation")]
    public void Tools_of_the_provider_that_Codex_offers_by_itself_are_left_out(string type)
    {
        Assert.Empty(Passed($$"""{"input":"Hi","tools":[{"type":"{{type}}"}]}""")["tools"]!.AsArray());
        var inInput = Passed($$"""{"input":[{"type":"additional_tools","role":"developer","tools":[{"type":"{{type}}"},{"type":"custom","name":"exec"}]}]}""")["input"]![0]!;
        Assert.Equal("""{"type":"additional_tools","role":"developer","tools":[{"type":"custom","name":"exec"}]}""", inInput.ToJsonString());
    }

    [Theory]
    [InlineData("mcp")]
    [InlineData("file_search")]
    [InlineData("code_interpreter")]
    [InlineData("computer")]
    [InlineData("computer_use_preview")]
    [InlineData("computer_use")]
    [InlineData("shell")]
    [InlineData("apply_patch")]
    [InlineData("tool_search")]
    [InlineData("Function")]
    [InlineData("")]
    [InlineData("invented")]
    public void Tools_that_the_provider_would_run_are_refused_wherever_they_stand(string type)
    {
        var tool = $$"""{"type":"{{type}}","name":"a"}""";
        Refused($$"""{"input":"Hi","tools":[{{tool}}]}""");
        Refused($$"""{"input":"Hi","tools":[{"type":"function","name":"b"},{"type":"namespace","name":"n","tools":[{{tool}}]}]}""");
        Refused($$"""{"input":[{"type":"additional_tools","role":"developer","tools":[{{tool}}]}]}""");
        Refused($$"""{"input":[{"type":"tool_search_output","tools":[{{tool}}]}]}""");
        Refused($$"""{"input":"Hi","tool_choice":{{tool}}}""");
        Refused("{\"input\":\"Hi\",\"tool_choice\":{\"type\":\"allowed_tools\",\"mode\":\"auto\",\"tools\":[" + tool + "]}}");
    }

    [Theory]
    [InlineData("\"tools\":[{\"type\":\"namespace\",\"name\":\"n\",\"tools\":[{\"type\":\"web_search\"}]}]")]
    [InlineData("\"tools\":[{}]")]
    [InlineData("\"tools\":[\"function\"]")]
    [InlineData("\"tools\":{\"type\":\"mcp\"}")]
    [InlineData("\"tool_choice\":[\"mcp\"]")]
    [InlineData("\"previous_response_id\":\"resp_1\"")]
    [InlineData("\"conversation\":\"conv_1\"")]
    [InlineData("\"conversation\":{\"id\":\"conv_1\"}")]
    [InlineData("\"prompt\":{\"id\":\"pmpt_1\"}")]
    [InlineData("\"background\":true")]
    [InlineData("\"instructions\":[{\"type\":\"item_reference\",\"id\":\"msg_1\"}]")]
    [InlineData("\"stream\":1")]
    [InlineData("\"stream\":null")]
    [InlineData("\"stream\":\"true\"")]
    public void What_reaches_beyond_the_request_is_refused(string field) => Refused($$"""{"input":"Hi",{{field}}}""");

    [Theory]
    [InlineData("""{"type":"item_reference","id":"msg_1"}""")]
    [InlineData("""{"type":"file_search_call","id":"fs_1"}""")]
    [InlineData("""{"type":"web_search_call","id":"ws_1"}""")]
    [InlineData("""{"type":"mcp_approval_response","approve":true,"approval_request_id":"m"}""")]
    [InlineData("""{"type":"mcp_list_tools","server_label":"x"}""")]
    [InlineData("""{"type":"code_interpreter_call","container_id":"c"}""")]
    [InlineData("""{"type":"computer_call_output"}""")]
    [InlineData("""{"type":"invented"}""")]
    [InlineData("""{"type":1}""")]
    [InlineData("\"text\"")]
    [InlineData("""{"role":"user","content":[{"type":"input_file","file_id":"file_1"}]}""")]
    [InlineData("""{"role":"user","content":[{"type":"input_file","file_url":"https://evil.example/x"}]}""")]
    [InlineData("""{"role":"user","content":[{"type":"input_file","FILE_URL":"https://evil.example/x"}]}""")]
    [InlineData("""{"role":"user","content":[{"type":"input_image","file_id":"file_1"}]}""")]
    [InlineData("""{"role":"user","content":[{"type":"input_image","image_url":"https://evil.example/?secret"}]}""")]
    [InlineData("""{"role":"user","content":[{"type":"input_image","image_url":{"url":"https://evil.example/"}}]}""")]
    [InlineData("""{"role":"user","content":[{"type":"input_image","image_url":" data:image/png;base64,AA"}]}""")]
    [InlineData("""{"role":"user","content":[{"type":"input_video","video_url":"data:x"}]}""")]
    [InlineData("""{"type":"function_call_output","call_id":"c","output":[{"type":"input_image","image_url":"http://169.254.169.254/"}]}""")]
    [InlineData("""{"role":"user","content":[{"tools":[{"type":"function"}],"type":"input_text","text":"x"}]}""")]
    [InlineData("""{"type":"message","Tools":[{"type":"mcp"}]}""")]
    [InlineData("""{"id":"msg_1"}""")]
    [InlineData("""{"id":"msg_1","role":"assistant"}""")]
    [InlineData("""{"id":"msg_1","role":"assistant","content":null}""")]
    [InlineData("""{"id":"msg_1","role":1,"content":"a"}""")]
    [InlineData("""{"Type":"item_reference","role":"user","content":"a"}""")]
    [InlineData("""{"type":"message","TYPE":"item_reference","role":"user","content":"a"}""")]
    [InlineData("""{"type":null,"id":"msg_1"}""")]
    public void A_history_names_nothing_that_is_not_in_it(string item) => Refused($$"""{"input":[{{item}}]}""");

    [Theory]
    [InlineData("""{"role":"user","content":[{"type":"input_image","image_url":"data:image/png;base64,AA"}]}""")]
    [InlineData("""{"type":"function_call","call_id":"c","name":"f","arguments":"{\"image_url\":\"https://x\"}"}""")]
    [InlineData("""{"type":"custom_tool_call_output","call_id":"c","output":"file_id: x, https://x"}""")]
    [InlineData("""{"type":"reasoning","summary":[],"encrypted_content":"AA"}""")]
    [InlineData("""{"type":"message","role":"user","content":[{"type":"input_file","file_id":null,"filename":"a","file_data":"data:text/plain;base64,AA"}]}""")]
    public void What_stands_in_it_is_the_agents_own_matter(string item)
    {
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(item), Passed($$"""{"input":[{{item}}]}""")["input"]![0]));
    }

    [Theory]
    [InlineData("""{"type":"message","id":"msg_1","role":"assistant","content":[]}""", """{"type":"message","role":"assistant","content":[]}""")]
    [InlineData("""{"role":"user","content":"a","ID":"msg_1"}""", """{"role":"user","content":"a"}""")]
    [InlineData("""{"type":"function_call","\u0069d":"fc_1","call_id":"c","name":"f","arguments":"{\"id\":1}"}""", """{"type":"function_call","call_id":"c","name":"f","arguments":"{\"id\":1}"}""")]
    [InlineData("""{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"AA"}""", """{"type":"reasoning","summary":[],"encrypted_content":"AA"}""")]
    [InlineData("""{"type":"additional_tools","id":"at_1","tools":[{"type":"custom","name":"exec","id":"kept"}]}""", """{"type":"additional_tools","tools":[{"type":"custom","name":"exec","id":"kept"}]}""")]
    public void Items_lose_the_names_by_which_the_provider_stored_them(string item, string sent) =>
        Assert.Equal($"[{sent}]", Passed($$"""{"input":[{{item}}]}""")["input"]!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));

    [Theory]
    [InlineData("""{"type":"reasoning","id":"rs_1","summary":[]}""")]
    [InlineData("""{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":null}""")]
    [InlineData("""{"type":"reasoning","summary":[],"encrypted_content":""}""")]
    [InlineData("""{"type":"reasoning","summary":[],"encrypted_content":{"id":"rs_1"}}""")]
    public void Thinking_that_only_the_provider_has_is_left_out(string item) =>
        Assert.Equal("""[{"role":"user","content":"a"}]""", Passed($$"""{"input":[{{item}},{"role":"user","content":"a"}]}""")["input"]!.ToJsonString());

    [Fact]
    public void Items_and_what_is_in_them_are_no_more_than_memory_has_room_for()
    {
        static string Items(int count) => "{\"input\":[" + string.Join(',', Enumerable.Repeat("""{"role":"user","content":"a"}""", count)) + "]}";
        static string Nodes(int count) => "{\"input\":[{\"role\":\"user\",\"content\":[" + string.Join(',', Enumerable.Repeat("1", count)) + "]}]}";
        Assert.Equal(AgentModelRequest.MostItems, Passed(Items(AgentModelRequest.MostItems))["input"]!.AsArray().Count);
        Refused(Items(AgentModelRequest.MostItems + 1));
        Assert.IsType<AgentModelReading.Passed>(Read(Nodes(AgentModelRequest.MostNodes - 100)));
        Refused(Nodes(AgentModelRequest.MostNodes));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"input\"")]
    [InlineData("{}")]
    [InlineData("""{"input":1}""")]
    [InlineData("""{"input":"a","input":"b"}""")]
    [InlineData("""{"input":"a","in\u0070ut":"b"}""")]
    [InlineData("""{"input":[{"type":"message","type":"item_reference"}]}""")]
    [InlineData("""{"input":"a",}""")]
    [InlineData("""{"input":"a"} {}""")]
    [InlineData("""{"input":"a","\ud800":1}""")]
    [InlineData("// x\n{\"input\":\"a\"}")]
    public void A_body_that_could_be_read_in_two_ways_is_refused(string body) => Refused(body);

    [Fact]
    public void So_are_depths_and_bytes_that_are_no_text()
    {
        Refused($$"""{"input":[{"type":"message","content":{{string.Concat(Enumerable.Repeat("[", 100_000)) + string.Concat(Enumerable.Repeat("]", 100_000))}}}]}""");
        Assert.IsType<AgentModelReading.Refused>(AgentModelRequest.Read((byte[])[.. "{\"input\":\""u8, 0xff, .. "\"}"u8], "m", "k", null));
        Assert.IsType<AgentModelReading.Refused>(AgentModelRequest.Read((byte[])[0xef, 0xbb, 0xbf, .. "{\"input\":\"a\"}"u8], "m", "k", null));
    }

    [Theory]
    [InlineData(null, null, 32_000L)]
    [InlineData(null, 500L, 500L)]
    [InlineData(null, 1_000_000L, 32_000L)]
    [InlineData(1_000_000L, null, 32_000L)]
    [InlineData(20_000L, null, 20_000L)]
    [InlineData(900L, null, 900L)]
    [InlineData(900L, 500L, 500L)]
    [InlineData(900L, 5000L, 900L)]
    [InlineData(3L, null, 16L)]
    public void Every_answer_is_bounded_and_by_what_is_left_of_a_budget_too(long? left, long? asked, long sent)
    {
        var body = asked is null ? """{"input":"a"}""" : $$"""{"input":"a","max_output_tokens":{{asked}}}""";
        var passed = Assert.IsType<AgentModelReading.Passed>(AgentModelRequest.Read(Encoding.UTF8.GetBytes(body), "m", "k", left));
        Assert.Equal(sent, JsonNode.Parse(passed.Body)!["max_output_tokens"]?.GetValue<long>());
        Assert.Equal(sent, passed.MostOutput);
    }

    private static AgentModelReading Read(string body) => AgentModelRequest.Read(Encoding.UTF8.GetBytes(body), "gpt-own", "ags_1", null);

    private static JsonObject Passed(string body) => JsonNode.Parse(Assert.IsType<AgentModelReading.Passed>(Read(body)).Body)!.AsObject();

    private static void Refused(string body) => Assert.False(string.IsNullOrEmpty(Assert.IsType<AgentModelReading.Refused>(Read(body)).Words));
}
