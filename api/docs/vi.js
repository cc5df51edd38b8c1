// Swagger UI in Vietnamese: a plugin that translates the interface as it appears.
//
// Why it watches the page instead of using wrapComponents: Swagger UI's words
// are literals inside the JSX of some sixty components, so wrapping means
// rewriting each of them and following every release. The rendered page is the
// one place all words pass through. Setting the value of a text node is safe
// under React, which keeps the node and rewrites it only when its own string
// changes, and then we are told again. Observers run before the next paint, so
// English never flashes.
//
// Only the interface is translated, never the API's own content: a text must
// equal an entry below as a whole, and must stand outside the CONTENT zones.
// What we do not know stays as it is, in English and readable.
const VietnameseChrome = (() => {
  "use strict";

  const WORDS = {
    // Whole page
    "Filter by tag": "Tìm thao tác, ví dụ: chuyen sinh hoat (không cần dấu)",
    "Servers": "Máy chủ",
    "Computed URL:": "Địa chỉ thực tế:",
    "Server variables": "Biến của máy chủ",
    "Schemas": "Cấu trúc dữ liệu",
    "Webhooks": "Webhook",
    "Terms of service": "Điều khoản sử dụng",
    "Expand operation": "Mở ra",
    "Collapse operation": "Thu lại",
    "Copy to clipboard": "Sao chép",
    "No operations defined in spec!": "Không có thao tác nào.",
    "No API definition provided.": "Chưa có mô tả API.",
    "Failed to load API definition.": "Không tải được mô tả API.",
    "Failed to load remote configuration.": "Không tải được cấu hình.",
    "Unable to render this definition": "Không hiển thị được mô tả API này",
    "The provided definition does not specify a valid version field.": "Mô tả API không ghi phiên bản OpenAPI hợp lệ.",

    // Signing in
    "Authorize": "Đăng nhập",
    "Authorized": "Đã đăng nhập",
    "Logout": "Đăng xuất",
    "Close": "Đóng",
    "Available authorizations": "Các cách đăng nhập",
    "Basic authorization": "Đăng nhập cơ bản (Basic)",
    "authorization button locked": "Đã đăng nhập cho thao tác này",
    "authorization button unlocked": "Đăng nhập cho thao tác này",
    "Apply credentials": "Đăng nhập",
    "Apply given OAuth2 credentials": "Đăng nhập",
    "Remove authorization": "Đăng xuất",
    "auth-bearer-value": "Mã truy cập",
    "auth-basic-username": "Tên đăng nhập",
    "auth-basic-password": "Mật khẩu",
    "Username:": "Tên đăng nhập:",
    "username:": "Tên đăng nhập:",
    "Password:": "Mật khẩu:",
    "password:": "Mật khẩu:",
    "Value:": "Giá trị:",
    "Name:": "Tên:",
    "In:": "Vị trí:",
    "Application:": "Ứng dụng:",
    "Flow:": "Cách cấp quyền:",
    "Token URL:": "Địa chỉ cấp mã truy cập:",
    "Authorization URL:": "Địa chỉ cho phép:",
    "OpenID Connect URL:": "Địa chỉ OpenID Connect:",
    "Client credentials location:": "Nơi gửi thông tin ứng dụng:",
    "Authorization header": "Tiêu đề Authorization",
    "client_id:": "Mã ứng dụng (client_id):",
    "client_secret:": "Khóa bí mật (client_secret):",
    "Scopes:": "Phạm vi:",
    "select all": "chọn tất cả",
    "select none": "bỏ chọn",
    "Scopes are used to grant an application different levels of access to data on behalf of the end user. Each API may declare one or more scopes.":
      "Phạm vi cho biết ứng dụng được thay mặt người dùng truy cập dữ liệu đến mức nào. Mỗi API có thể khai báo một hoặc nhiều phạm vi.",
    "API requires the following scopes. Select which ones you want to grant to Swagger UI.":
      "API cần các phạm vi sau. Hãy chọn những phạm vi muốn cấp cho trang này.",
    "Mutual TLS is required by this API/Operation. Certificates are managed via your Operating System and/or your browser.":
      "API hoặc thao tác này cần TLS hai chiều. Chứng thư do hệ điều hành hoặc trình duyệt quản lý.",
    "HTTP authentication: unsupported scheme": "Xác thực HTTP: chưa hỗ trợ kiểu",

    // An operation and its request
    "Parameters": "Tham số",
    "No parameters": "Không có tham số",
    "Callbacks": "Lời gọi lại",
    "No callbacks": "Không có lời gọi lại",
    "Request body": "Nội dung yêu cầu",
    "Name": "Tên",
    "Description": "Mô tả",
    "Type": "Kiểu",
    "deprecated": "không nên dùng nữa",
    "Warning: Deprecated": "Lưu ý: không nên dùng nữa",
    "Find more details": "Tìm hiểu thêm",
    "Try it out": "Thử gọi",
    "Cancel": "Hủy",
    "Reset": "Đặt lại",
    "Execute": "Gửi yêu cầu",
    "Clear": "Xóa kết quả",
    "Edit": "Sửa",
    "Edit Value": "Nội dung gửi",
    "Send empty value": "Gửi giá trị trống",
    "Available values": "Các giá trị",
    "Default value": "Giá trị mặc định",
    "Example": "Ví dụ",
    "Examples": "Các ví dụ",
    "Examples:": "Các ví dụ:",
    "Example Value": "Ví dụ",
    "Example Description": "Mô tả ví dụ",
    "[Modified value]": "[Đã sửa]",
    "(no example available": "(không có ví dụ)",
    "Example values are not available for": "Không có ví dụ cho kiểu nội dung",
    "media types.": ".",
    "Schema": "Cấu trúc",
    "Model": "Cấu trúc",
    "Request content type": "Kiểu nội dung gửi đi",
    "Extensions": "Phần mở rộng",
    "Field": "Trường",
    "Value": "Giá trị",

    // Its responses
    "Responses": "Phản hồi",
    "Server response": "Phản hồi của máy chủ",
    "Response body": "Nội dung phản hồi",
    "Response headers": "Tiêu đề phản hồi",
    "Response content type": "Kiểu nội dung phản hồi",
    "Request duration": "Thời gian xử lý",
    "Request URL": "Địa chỉ gọi",
    "Curl": "Lệnh curl",
    "Snippets": "Mẫu lệnh",
    "Code": "Mã",
    "Details": "Chi tiết",
    "Links": "Liên kết",
    "No links": "Không có liên kết",
    "Headers:": "Tiêu đề:",
    "Media type": "Kiểu nội dung",
    "Media Type": "Kiểu nội dung",
    "Controls": "Quyết định tiêu đề",
    "header.": "của yêu cầu.",
    "Undocumented": "Chưa có trong tài liệu",
    "Download": "Tải về",
    "Download file": "Tải tệp về",
    "Unrecognized response type; displaying content as text.": "Không rõ kiểu nội dung; hiển thị dưới dạng văn bản.",
    "Unrecognized response type; unable to display.": "Không rõ kiểu nội dung; không hiển thị được.",
    "Failed to fetch.": "Không gọi được máy chủ.",
    "Possible Reasons:": "Có thể do:",
    "Network Failure": "Lỗi mạng",
    "URL scheme must be \"http\" or \"https\" for CORS request.": "Địa chỉ gọi khác nguồn (CORS) phải bắt đầu bằng \"http\" hoặc \"https\".",

    // Schemas
    "Expand all": "Mở hết",
    "Collapse all": "Thu hết",
    "Enum": "Các giá trị",
    "Const": "Hằng",
    "Default": "Mặc định",
    "Items": "Phần tử",
    "Prefix items": "Các phần tử đầu",
    "Contains": "Có chứa",
    "Additional properties": "Thuộc tính khác",
    "Property names": "Tên thuộc tính",
    "Unevaluated items": "Phần tử chưa xét",
    "Unevaluated properties": "Thuộc tính chưa xét",
    "Dependent schemas": "Cấu trúc phụ thuộc",
    "Required when defined": "Bắt buộc khi có",
    "Content schema": "Cấu trúc nội dung",
    "All of": "Tất cả các cấu trúc",
    "Any of": "Ít nhất một cấu trúc",
    "One of": "Đúng một cấu trúc",
    "Not": "Không phải",
    "If": "Nếu",
    "Then": "Thì",
    "Else": "Nếu không",
    "Discriminator": "Trường phân loại",
    "External documentation": "Tài liệu thêm",
    "Extension Keywords": "Từ khóa mở rộng",
    "JSON Schema dialect:": "Phiên bản JSON Schema:",
    "forbidden": "không được có",
    "read-only": "chỉ đọc",
    "write-only": "chỉ ghi",
    "empty array": "mảng rỗng",
    "empty object": "đối tượng rỗng",

    // Errors
    "Errors": "Lỗi",
    "Warning": "Lưu ý",
    "Hide": "Ẩn",
    "Show": "Hiện",
    "Please correct the following validation errors and try again.": "Hãy sửa các lỗi sau rồi thử lại.",
    "Required field is not provided": "Chưa nhập giá trị bắt buộc",
    "Required property not found": "Thiếu thuộc tính bắt buộc",
    "No duplicates allowed.": "Không được trùng nhau.",
    "Parameter string value must be valid JSON": "Giá trị phải là JSON hợp lệ",
    "Value must be a number": "Giá trị phải là số",
    "Value must be an integer": "Giá trị phải là số nguyên",
    "Value must be a boolean": "Giá trị phải là true hoặc false",
    "Value must be a string": "Giá trị phải là chuỗi",
    "Value must be a file": "Giá trị phải là tệp",
    "Value must be a DateTime": "Giá trị phải là ngày giờ",
    "Value must be a Guid": "Giá trị phải là mã GUID",
    "Failed to fetch": "Không gọi được máy chủ",
    "Unknown error": "Lỗi chưa rõ",
    "Bad Request": "Yêu cầu không hợp lệ",
    "Unauthorized": "Chưa đăng nhập",
    "Forbidden": "Không có quyền",
    "Not Found": "Không tìm thấy",
    "Method Not Allowed": "Không hỗ trợ phương thức này",
    "Not Acceptable": "Không có dạng nội dung được yêu cầu",
    "Conflict": "Xung đột dữ liệu",
    "Gone": "Không còn nữa",
    "Precondition Failed": "Dữ liệu đã thay đổi",
    "Precondition Required": "Thiếu điều kiện If-Match",
    "Payload Too Large": "Nội dung quá lớn",
    "Unsupported Media Type": "Không hỗ trợ kiểu nội dung này",
    "Unprocessable Entity": "Dữ liệu không hợp lệ",
    "Too Many Requests": "Quá nhiều yêu cầu",
    "Internal Server Error": "Lỗi máy chủ",
    "Service Unavailable": "Máy chủ tạm ngừng phục vụ",
  };

  // Words too common to be translated anywhere but here.
  const WORDS_IN = {
    ".parameter__in": { query: "truy vấn", path: "đường dẫn", header: "tiêu đề" },
    ".response-col_status": { default: "khác" },
    ".json-schema-form-item-add": { Add: "Thêm phần tử", item: "" },
    ".operation-servers .message": {
      These: "Các máy chủ riêng của", operation: "thao tác", path: "đường dẫn",
      "-level options override the global server options.": " này thay cho máy chủ chung.",
    },
    ".operation-link pre": { "Operation `": "Thao tác `" },
    ".info__contact": { "- Website": "– Trang web" },
    ".errors > b": { auth: "Đăng nhập", error: "không thành công", warning: "cần lưu ý", validation: "Kiểm tra" },
    ".fallback": { "Could not render": "Không hiển thị được", ", see the console.": "; xem bảng điều khiển của trình duyệt." },
  };

  // Texts with something in them: [pattern, Vietnamese, where (anywhere if absent)].
  const SCHEMA_LIMIT = ".json-schema-2020-12__constraint";
  const PATTERNS = [
    [/^Value must be less than or equal to (.+)$/, "Giá trị không được lớn hơn $1"],
    [/^Value must be greater than or equal to (.+)$/, "Giá trị không được nhỏ hơn $1"],
    [/^Value must be no longer than (\d+) characters?$/, "Giá trị dài nhất $1 ký tự"],
    [/^Value must be at least (\d+) characters?$/, "Giá trị phải có ít nhất $1 ký tự"],
    [/^Value must follow pattern (.+)$/, "Giá trị phải theo mẫu $1"],
    [/^Array must contain at least (\d+) items?$/, "Cần ít nhất $1 phần tử"],
    [/^Array must not contain more then (\d+) items?$/, "Không được quá $1 phần tử"],
    [/^For '(.+?)' at path '(.+?)': (.+)\.$/, (_, name, path, error) => `${name} (${path}): ${word(error)}.`, ".validation-errors"],
    [/^For '(.+?)': (.+)\.$/, (_, name, error) => `${name}: ${word(error)}.`, ".validation-errors"],
    [/^Error: .+, error: (\S+), description: (.+)$/, "$2 ($1)", ".errors"],
    [/^Error: (.+?)(, error: .+)?$/, (_, reason, rest = "") => `Lỗi: ${word(reason)}${rest}`, ".errors, .live-responses-table"],
    [/^response status is (\d+)$/, "máy chủ trả mã $1", ".errors, .live-responses-table"],
    [/^(?:Fetch|Resolver|Parser|Schema|Auth) error$/, "Lỗi", ".errors-wrapper"],
    [/^(.+) (\/\S+)$/, (_, reason, url) => `${word(reason)} ${url}`, ".errors-wrapper .message"],
    [/^Jump to line$/, "Đến dòng", ".errors-wrapper"],
    [/^(?:Send email to|Contact) (.+)$/, "Liên hệ $1 qua thư điện tử", ".info__contact"],
    [/^(.+) characters$/, "$1 ký tự", SCHEMA_LIMIT],
    [/^(.+) unique items$/, "$1 phần tử, không trùng", SCHEMA_LIMIT],
    [/^(.+) contained items$/, "$1 phần tử phù hợp", SCHEMA_LIMIT],
    [/^(.+) items$/, "$1 phần tử", SCHEMA_LIMIT],
    [/^(.+) properties$/, "$1 thuộc tính", SCHEMA_LIMIT],
    [/^unique$/, "không trùng", SCHEMA_LIMIT],
    [/^multiple of (.+)$/, "bội số của $1", SCHEMA_LIMIT],
    [/^matches (.+)$/, "theo mẫu $1", SCHEMA_LIMIT],
    [/^media type: (.+)$/, "kiểu nội dung: $1", SCHEMA_LIMIT],
    [/^encoding: (.+)$/, "mã hóa: $1", SCHEMA_LIMIT],
  ];

  // What the API itself says (CONTENT), and the interface found inside it
  // (CHROME). The nearest ancestor decides.
  const CONTENT = [
    "pre", "code", "textarea", "option", ".markdown", ".renderedMarkdown",
    ".info hgroup .title", ".info__summary", ".info__license", ".info__extdocs",
    ".opblock-tag", ".opblock-summary-path", ".opblock-summary-description", ".opblock-external-docs",
    "td .parameter__name", ".parameter__type", ".header-col:first-child code", ".scopes .checkbox", ".computed-url code",
    ".json-schema-2020-12__title", ".json-schema-2020-12-keyword__value",
    ".json-schema-2020-12-json-viewer__value", ".json-schema-2020-12-json-viewer__children",
  ].join();
  const CHROME = [
    "pre.errors-wrapper", ".operation-link pre", "#password_type option", "option[value=__MODIFIED__VALUE__]",
    ".live-responses-table .renderedMarkdown", ".parameters-col_description .renderedMarkdown i",
    ".json-schema-2020-12-expand-deep-button", ".json-schema-2020-12-keyword__name", ".json-schema-2020-12__attribute",
  ].join();
  const ATTRIBUTES = ["title", "aria-label", "placeholder"];

  const isContent = (element) => {
    const zone = element.closest(`${CONTENT},${CHROME}`);
    return zone !== null && !zone.matches(CHROME);
  };

  /** The Vietnamese of one whole text, or the text itself. */
  function word(text, element) {
    if (Object.hasOwn(WORDS, text)) return WORDS[text];
    for (const [where, words] of Object.entries(WORDS_IN)) {
      if (Object.hasOwn(words, text) && element?.closest(where)) return words[text];
    }
    for (const [pattern, vietnamese, where] of PATTERNS) {
      if (pattern.test(text) && (!where || element?.closest(where))) return text.replace(pattern, vietnamese);
    }
    return text;
  }

  function translateText(node) {
    const element = node.parentElement;
    const [, before, text, after] = /^(\s*)(.*?)(\s*)$/s.exec(node.nodeValue);
    if (!text || !element || isContent(element)) return;
    const vietnamese = word(text.replace(/\s+/g, " "), element);
    if (vietnamese !== text) node.nodeValue = before + vietnamese + after;
  }

  function translateAttribute(element, name) {
    // A parameter's placeholder is its own name; only the filter's is ours.
    if (name === "placeholder" && !element.matches(".operation-filter-input")) return;
    const text = element.getAttribute(name);
    if (!text) return;
    // Several validation errors of one field come joined by commas.
    const vietnamese = text.split(/,(?=[A-Z][a-z])/).map((part) => word(part, element)).join(", ");
    if (vietnamese !== text) element.setAttribute(name, vietnamese);
  }

  function translateTree(node) {
    if (node.nodeType === Node.TEXT_NODE) return translateText(node);
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    if (node.matches(".microlight")) return; // JSON and the like, maybe very long
    for (const name of ATTRIBUTES) if (node.hasAttribute(name)) translateAttribute(node, name);
    for (const child of node.childNodes) translateTree(child);
  }

  const observer = new MutationObserver((changes) => {
    for (const { type, target, attributeName, addedNodes } of changes) {
      if (type === "characterData") translateText(target);
      else if (type === "attributes") translateAttribute(target, attributeName);
      else addedNodes.forEach(translateTree);
    }
  });

  // The plugin itself. It has nothing to add to Swagger UI but its watching.
  return () => ({
    afterLoad() {
      observer.observe(document.getElementById("swagger-ui"), {
        subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES,
      });
    },
  });
})();
